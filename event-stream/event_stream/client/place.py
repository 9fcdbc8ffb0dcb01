"""Where the event stream is, and the token for it: as given, or as `make up` wrote it down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from event_stream.client.trouble import Trouble
from event_stream.operators import checked
from event_stream.settings import PORT
from shared.errors import Invalid

STARTS = (
    "Start Fanfold with make up, or say where it is: --address HOST:PORT --token-file FILE."
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address, how to prove who calls (asked at every connection), and whom to trust.

    `who` is the name that the bearer of an operator token goes by.
    """

    address: str
    token: Callable[[], str]
    certificates: bytes | None = None
    secure: bool = False
    who: str = ""


def find(options: Any, environ: Mapping[str, str]) -> Place:  # noqa: ANN401 - of argparse
    """Take what the command line says, then the environment, then the installation."""
    address = options.address or environ.get("GRPC_ADDRESS", "")
    token = _given_token(options, environ)
    if not (address and token):
        described = _described(options, environ)
        if not address and described:
            address = f"127.0.0.1:{described['ports']['stream']}"
        if not token and described:
            token = _reader(Path(described["secrets"]) / "operator-token")
    if token is None:
        raise Trouble("there is no token, and no installation to take it from", STARTS)
    certificates = _certificates(options.ca)
    secure = bool(options.tls or certificates)
    who = _name(options, environ)
    return Place(address or f"127.0.0.1:{PORT}", token, certificates, secure, who)


def _name(options: Any, environ: Mapping[str, str]) -> str:  # noqa: ANN401 - of argparse
    """Take the name under which something is decided; who only asks needs none."""
    if not hasattr(options, "who"):
        return ""
    name = options.who or environ.get("GRPC_WHO", "")
    try:
        return checked(name, "--who" if options.who else "GRPC_WHO") if name else ""
    except Invalid as error:
        raise Trouble(str(error), "Type it like --who ada, or leave it out.") from None


def _given_token(options: Any, environ: Mapping[str, str]) -> Callable[[], str] | None:  # noqa: ANN401 - of argparse
    if options.token_file:
        return _reader(Path(options.token_file))
    if token := environ.get("GRPC_TOKEN"):
        return lambda: token
    return None


def _reader(path: Path) -> Callable[[], str]:
    """Read a token anew each time: whoever renews a session token writes it there."""

    def read() -> str:
        try:
            return path.read_text().strip()
        except OSError as error:
            raise Trouble(
                f"the token {path} cannot be read: {error.strerror}",
                "Run this as the user who ran make up, or name another: --token-file FILE.",
            ) from None

    return read


def _certificates(path: str | None) -> bytes | None:
    if not path:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Trouble(f"the certificates {path} cannot be read: {error.strerror}") from None


def _described(options: Any, environ: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401 - of argparse
    """Read what `make up` wrote of the installation, if there is one here."""
    try:
        from local.description import read_description  # noqa: PLC0415 - an image has no installation
        from local.installation import CHECKOUT, default_home  # noqa: PLC0415 - as above
        from local.settings import read_settings  # noqa: PLC0415 - as above
    except ImportError:
        return {}
    home = Path(options.home) if options.home else None
    home = home or default_home(CHECKOUT, read_settings(CHECKOUT, environ), options.name)
    try:
        described = read_description(home)
    except OSError as error:
        raise Trouble(
            f"{home}/installation.json cannot be read: {error.strerror}",
            "Run this as the user who ran make up.",
        ) from None
    if described and "stream" not in described["ports"]:
        raise Trouble(f"the installation in {home} has no event stream yet", "Type make up.")
    return described
