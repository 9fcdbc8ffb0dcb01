"""What an installation tells the event stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from shared.errors import ConfigurationError
from shared.settings import Settings as FunctionSettings
from shared.settings import duration, port

# Where `make up` puts it.
PORT = 18111


@dataclass(frozen=True, slots=True)
class Certificate:
    """A chain of certificates and its key, both PEM."""

    chain: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once at the start; secrets come from files, as functions get them."""

    host: str
    port: int
    certificate: Certificate | None
    connection_age: float
    keepalive: float
    operator_token: str
    database: str
    shared: FunctionSettings
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        shared = FunctionSettings.read(environ)
        return cls(
            host=environ.get("GRPC_HOST") or "127.0.0.1",
            port=port("GRPC_PORT", environ.get("GRPC_PORT") or str(PORT)),
            certificate=_certificate(environ),
            connection_age=duration(
                "GRPC_CONNECTION_AGE", environ.get("GRPC_CONNECTION_AGE") or "1h"
            ),
            keepalive=duration("GRPC_KEEPALIVE", environ.get("GRPC_KEEPALIVE") or "30s"),
            operator_token=shared.secret("operator-token"),
            database=shared.secret("event-database-url"),
            shared=shared,
            log_level=shared.log_level,
        )


def _certificate(environ: Mapping[str, str]) -> Certificate | None:
    chain, key = (environ.get(name, "") for name in ("GRPC_TLS_CERT", "GRPC_TLS_KEY"))
    if not chain and not key:
        return None
    if not (chain and key):
        missing = "GRPC_TLS_KEY" if chain else "GRPC_TLS_CERT"
        raise ConfigurationError(f"TLS takes a certificate and its key, {missing} is not set")
    return Certificate(_file("GRPC_TLS_CERT", chain), _file("GRPC_TLS_KEY", key))


def _file(name: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"{name} must name a file that can be read, got {path}: {error.strerror}"
        ) from None
