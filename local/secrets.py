"""Passwords and keys: made once, kept in files that only their owner reads."""

import base64
import os
import re
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from local.accounts import invoking

LENGTH = 24
HOST = "127.0.0.1"


class Vault:
    """One file per password, under `<home>/passwords`."""

    def __init__(self, folder: Path) -> None:
        self.folder = invoking().folder(folder)

    def get(self, name: str, make: Callable[[], str] | None = None) -> str:
        path = self.folder / name
        if not path.exists():
            invoking().file(path, make() if make else secrets.token_urlsafe(LENGTH))
        return path.read_text()


def svix_secret() -> str:
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def operator_token() -> str:
    """Make what operators show the event stream; what it is can be seen where it leaks."""
    return "fanfold_operator_" + secrets.token_urlsafe(LENGTH)


def key_file() -> str:
    """Make what members of a MongoDB replica set show each other."""
    return base64.b64encode(os.urandom(384)).decode()


def database_urls(
    ports: Mapping[str, int], vault: Vault, given: Mapping[str, str]
) -> dict[str, str]:
    """Make the URL of each store and of the broker; .env may name others."""
    postgres = given.get("POSTGRES_URI")
    embedded = f"{HOST}:{ports['mongodb']}/user?authSource=user&replicaSet=fanfold"
    like = f"{HOST}:{ports['surrealdb']}/rpc?namespace=fanfold&database=like"
    comment = f"{HOST}:{ports['mariadb']}/comment"
    return {
        "user-database-url": given.get("MONGO_URI")
        or f"mongodb://user:{vault.get('mongodb-user')}@{embedded}",
        **{
            f"{service}-database-url": _on_server(postgres, service)
            if postgres
            else f"postgresql://{service}:{vault.get(f'postgres-{service}')}"
            f"@{HOST}:{ports['postgres']}/{service}"
            for service in ("post", "event")
        },
        "comment-database-url": given.get("MYSQL_URL")
        or f"mysql://comment:{vault.get('mariadb-comment')}@{comment}",
        "like-database-url": given.get("SURREALDB_URL")
        or f"ws://fanfold:{vault.get('surrealdb')}@{like}",
        "redis-url": given.get("REDIS_URL")
        or f"redis://:{vault.get('redis')}@{HOST}:{ports['redis']}/0",
        "broker-url": given.get("RABBITMQ_URL")
        or f"amqp://fanfold:{vault.get('rabbitmq')}@{HOST}:{ports['rabbitmq']}/",
    }


def keys(vault: Vault, given: Mapping[str, str]) -> dict[str, str]:
    """Collect what signs and is checked: Fanfold's own keys, Clerk's, ImageKit's, S3's."""
    return {
        "signing-key": vault.get("signing-key", lambda: secrets.token_hex(32)),
        "svix-secret": given.get("SVIX_SECRET") or vault.get("svix-secret", svix_secret),
        "clerk-secret-key": given.get("CLERK_SECRET_KEY")
        or vault.get("clerk-secret-key", lambda: f"sk_test_{secrets.token_hex(20)}"),
        "imagekit-private-key": given.get("IMAGEKIT_PRIVATE_KEY")
        or vault.get("imagekit-private-key", lambda: f"private_local_{secrets.token_hex(14)}"),
        "operator-token": vault.get("operator-token", operator_token),
        "s3-access-key-id": given.get("S3_ACCESS_KEY_ID") or "fanfold",
        "s3-secret-access-key": given.get("S3_SECRET_ACCESS_KEY") or vault.get("s3"),
        "basic-auth-user": "admin",
        "basic-auth-password": given.get("GATEWAY_PASSWORD") or vault.get("gateway"),
    }


def write(folder: Path, values: Mapping[str, str]) -> None:
    owner = invoking()
    owner.folder(folder)
    for name, value in values.items():
        path = folder / name
        if not path.exists() or path.read_text() != value:
            owner.file(path, value)


def masked(url: str) -> str:
    """Show a URL without its password, for a terminal or a log."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _on_server(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/" + quote(database)))
