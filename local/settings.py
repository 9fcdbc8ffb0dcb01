"""What the operator decided: the environment, over the file `.env` of the checkout."""

from collections.abc import Mapping
from pathlib import Path

from local.trouble import Trouble

QUOTES = ("'", '"')
# What takes an embedded part's place. Only the file may name it: a REDIS_URL that some other
# project left in the shell must not receive this one's data.
OUTSIDE = frozenset(
    {
        "CLERK_PUBLISHABLE_KEY",
        "CLERK_SECRET_KEY",
        "IMAGEKIT_PRIVATE_KEY",
        "IMAGEKIT_PUBLIC_KEY",
        "IMAGEKIT_URL_ENDPOINT",
        "MONGO_URI",
        "MYSQL_URL",
        "POSTGRES_URI",
        "RABBITMQ_URL",
        "REDIS_URL",
        "S3_ACCESS_KEY_ID",
        "S3_ENDPOINT",
        "S3_SECRET_ACCESS_KEY",
        "SURREALDB_URL",
        "SVIX_SECRET",
    }
)


def read_settings(
    checkout: Path, environ: Mapping[str, str], *, embedded: bool = False
) -> dict[str, str]:
    """Everything of .env that has a value, overruled by the environment of the command.

    `embedded` leaves out every server and key of the operator's own, which tests never reach.
    """
    given = {name: value for name, value in _read_file(checkout / ".env").items() if value}
    if embedded:
        given = {name: value for name, value in given.items() if name not in OUTSIDE}
    said = {name: value for name, value in environ.items() if value and name not in OUTSIDE}
    return given | said


def number(settings: Mapping[str, str], name: str, default: int) -> int:
    text = settings.get(name, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Trouble(f"{name} must be a port between 1 and 65535, got {text!r}")
    return int(text)


def _read_file(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    values = {}
    for count, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise Trouble(f"{path}:{count}: expected NAME=value, got {line.strip()!r}")
        values[name.strip()] = _unquoted(value.strip())
    return values


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] in QUOTES and value[-1] == value[0]:
        return value[1:-1]
    return value.partition(" #")[0].rstrip()
