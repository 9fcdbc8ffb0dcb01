"""Where the stand-ins listen, what they keep, and the keys they refuse to serve for."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.places import OPERATIONS

# ImageKit's own keys never begin like this, so a real key cannot be taken for one of ours.
LOCAL_PRIVATE_KEY = "private_local"
LOCAL_PUBLIC_KEY = "public_local"


class ConfigurationError(Exception):
    """Said to the operator as one line; the process ends without listening."""


@dataclass(frozen=True, slots=True)
class ClerkSettings:
    """What the stand-in of Clerk is told."""

    issuer: str
    gateway_url: str
    avatars: str
    secret_key: str
    svix_secret: str
    # Whether each operation is a function, or each service.
    functions: str = OPERATIONS


@dataclass(frozen=True, slots=True)
class ImageKitSettings:
    """What the stand-in of ImageKit is told."""

    url_endpoint: str
    public_key: str
    private_key: str


@dataclass(frozen=True, slots=True)
class Settings:
    """A part is None when the real service takes its place: its stand-in is then not served."""

    host: str
    port: int
    folder: Path
    clerk: ClerkSettings | None
    imagekit: ImageKitSettings | None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        missing = [
            name for name in ("STANDINS_DATA", "STANDINS_SECRETS") if not environ.get(name)
        ]
        if missing:
            raise ConfigurationError(f"settings missing: {', '.join(missing)}")
        return cls(
            host=environ.get("STANDINS_HOST", "127.0.0.1"),
            port=_port(environ.get("STANDINS_PORT", "18110")),
            folder=Path(environ["STANDINS_DATA"]),
            clerk=_clerk(environ) if _served(environ, "CLERK") else None,
            imagekit=_imagekit(environ) if _served(environ, "IMAGEKIT") else None,
        )


def _served(environ: Mapping[str, str], name: str) -> bool:
    # The functions' environment empties this when keys of the real service are set.
    return environ.get(f"{name}_STANDIN_URL", "served") != ""


def _clerk(environ: Mapping[str, str]) -> ClerkSettings:
    secrets = Path(environ["STANDINS_SECRETS"])
    secret_key = _secret(secrets, "clerk-secret-key")
    publishable_key = environ.get("CLERK_PUBLISHABLE_KEY", "")
    for name, value in (
        ("clerk-secret-key", secret_key),
        ("CLERK_PUBLISHABLE_KEY", publishable_key),
    ):
        if value.startswith(("sk_live_", "pk_live_")):
            raise ConfigurationError(
                f"{name} is a live key of Clerk: the stand-in signs anybody in "
                "and never runs beside one"
            )
    return ClerkSettings(
        issuer=environ.get("CLERK_ISSUER", "http://127.0.0.1:18110/clerk"),
        gateway_url=environ.get("GATEWAY_URL", "http://127.0.0.1:8080").rstrip("/"),
        # Portraits are drawn by the other stand-in, and browsers reach it only while it serves.
        avatars=f"{_endpoint(environ)}/avatars" if _served(environ, "IMAGEKIT") else "",
        secret_key=secret_key,
        svix_secret=_secret(secrets, "svix-secret"),
        functions=environ.get("FANFOLD_FUNCTIONS", OPERATIONS),
    )


def _imagekit(environ: Mapping[str, str]) -> ImageKitSettings:
    private_key = _secret(Path(environ["STANDINS_SECRETS"]), "imagekit-private-key")
    public_key = environ.get("IMAGEKIT_PUBLIC_KEY", LOCAL_PUBLIC_KEY)
    for name, value, own in (
        ("imagekit-private-key", private_key, LOCAL_PRIVATE_KEY),
        ("IMAGEKIT_PUBLIC_KEY", public_key, LOCAL_PUBLIC_KEY),
    ):
        if not value.startswith(own):
            raise ConfigurationError(
                f"{name} must begin with {own}: any other key belongs to "
                "an ImageKit account, which the stand-in never serves for"
            )
    return ImageKitSettings(_endpoint(environ), public_key, private_key)


def _endpoint(environ: Mapping[str, str]) -> str:
    return environ.get("IMAGEKIT_URL_ENDPOINT", "/function/site/imagekit/files").rstrip("/")


def _port(text: str) -> int:
    if not text.isdecimal():
        raise ConfigurationError(f"STANDINS_PORT must be a number, got {text!r}")
    return int(text)


def _secret(folder: Path, name: str) -> str:
    path = folder / name
    try:
        value = path.read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"{path} is not readable: {error.strerror}") from error
    if not value:
        raise ConfigurationError(f"{path} is empty")
    return value
