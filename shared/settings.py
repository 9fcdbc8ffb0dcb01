"""What an installation tells its functions: settings by environment, secrets by file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec

from shared.durations import seconds
from shared.errors import ConfigurationError


class Settings(msgspec.Struct, frozen=True):
    """One attribute per variable of `environment.yml`, under its lower-case name."""

    service: str = ""
    operation: str = ""
    function_name: str = ""

    fanfold_listen_fd: int = -1
    fanfold_socket: str = ""
    port: int = 5000

    gateway_url: str = "http://127.0.0.1:8080"
    # `operations`: each is a function; `services`: each service is one (stack.services.yml).
    fanfold_functions: str = "operations"
    clerk_issuer: str = ""
    clerk_jwks_url: str = ""
    clerk_authorized_parties: frozenset[str] = frozenset()
    clerk_api_url: str = ""
    clerk_publishable_key: str = ""
    clerk_standin_url: str = ""
    imagekit_api_url: str = ""
    imagekit_upload_url: str = ""
    imagekit_url_endpoint: str = ""
    imagekit_public_key: str = ""
    imagekit_standin_url: str = ""
    fanfold_admins: frozenset[str] = frozenset()
    # Hosts of our own networks to which subscriptions may call, as `host` or `host:port`.
    subscription_hosts: frozenset[str] = frozenset()

    # Where the archive of events is; without an endpoint there is none.
    s3_endpoint: str = ""
    s3_bucket: str = "fanfold-events"
    s3_region: str = "us-east-1"
    archive_after_days: int = 90

    site_dist: str = ""  # the built site; empty: frontend/dist beside the functions

    log_level: str = "info"
    secret_mount_path: Path = Path("/var/openfaas/secrets")

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Take the settings that `environ` holds; every unusable one is named at once."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for attribute, kind in cls.__annotations__.items():
            name = attribute if attribute == "secret_mount_path" else attribute.upper()
            text = environ.get(name, "")
            if not text:
                continue
            try:
                values[attribute] = _parse(kind, text)
            except ValueError:
                wrong.append(f"{name} must be a whole number, got {text!r}")
        if wrong:
            raise ConfigurationError(f"settings unusable: {'; '.join(wrong)}")
        return cls(**values)

    def require(self, *names: str) -> None:
        """Say which of the settings are missing, all of them together."""
        missing = [name.upper() for name in names if not getattr(self, name)]
        if missing:
            raise ConfigurationError(
                f"settings missing: {', '.join(missing)} (see environment.yml)"
            )

    def secret(self, name: str) -> str:
        """Read a secret; it is never kept here, so that no log or traceback can show it."""
        path = self.secret_mount_path / name
        try:
            value = path.read_text().strip()
        except FileNotFoundError:
            raise ConfigurationError(
                f"secret missing: {path} does not exist;"
                f" create the secret {name} and name it in stack.yml"
            ) from None
        except OSError as error:
            raise ConfigurationError(
                f"secret unreadable: {path}: {error.strerror}; let the function's user read it"
            ) from None
        if not value:
            raise ConfigurationError(f"secret empty: {path} must hold the value of {name}")
        return value


def port(name: str, text: str) -> int:
    """Read the port that a server of ours listens on; 0 leaves the choice to the kernel."""
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise ConfigurationError(f"{name} must be a port number, got {text!r}")
    return int(text)


def duration(name: str, text: str) -> float:
    """Read a duration as Go writes it, in seconds."""
    try:
        return seconds(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from None


def _parse(kind: object, text: str) -> object:
    if kind is int:
        return int(text)
    if kind is Path:
        return Path(text)
    if kind == frozenset[str]:
        return frozenset(part.strip() for part in text.split(",") if part.strip())
    return text
