"""What an installation tells the connector."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from event_connector.calls.invoker import TIMEOUT
from event_connector.deployed.gateway import Login
from shared import nodes
from shared.errors import ConfigurationError
from shared.settings import Settings as FunctionSettings
from shared.settings import duration, port

# Longer than a call may take: one that is cut at a stop is made again by the next connector.
DRAIN = f"{TIMEOUT + 5:g}s"


@dataclass(frozen=True, slots=True)
class Settings:
    """Read once at the start; secrets come from files, as functions get them."""

    gateway: str
    login: Login
    broker: str
    signing_key: str
    host: str
    port: int
    drain: float
    log_level: str

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        shared = FunctionSettings.read(environ)
        return cls(
            gateway=_gateway(shared.gateway_url.rstrip("/")),
            login=Login(shared.secret("basic-auth-user"), shared.secret("basic-auth-password")),
            broker=_broker(shared.secret("broker-url")),
            signing_key=shared.secret("signing-key"),
            host=environ.get("CONNECTOR_HOST") or "127.0.0.1",
            port=port("CONNECTOR_PORT", environ.get("CONNECTOR_PORT") or "8082"),
            drain=duration("CONNECTOR_DRAIN", environ.get("CONNECTOR_DRAIN") or DRAIN),
            log_level=shared.log_level,
        )


def _broker(urls: str) -> str:
    nodes.read(urls)
    return urls


def _gateway(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"GATEWAY_URL must begin with http:// or https://, got {url!r}"
        )
    return url
