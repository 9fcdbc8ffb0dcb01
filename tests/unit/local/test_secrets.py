import stat
from pathlib import Path

from local import ports, secrets
from local.secrets import Vault


def test_vault_makes_a_password_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = Vault(tmp_path / "passwords").get("redis")

    assert Vault(tmp_path / "passwords").get("redis") == first
    assert len(first) >= 32
    assert stat.S_IMODE((tmp_path / "passwords" / "redis").stat().st_mode) == 0o600


def test_database_urls_take_a_given_server_for_both_of_its_databases(tmp_path: Path) -> None:
    given = {"POSTGRES_URI": "postgresql://me:pw@db.example:5433/?sslmode=require"}

    urls = secrets.database_urls(ports.fixed({}), Vault(tmp_path), given)

    assert (
        urls["post-database-url"] == "postgresql://me:pw@db.example:5433/post?sslmode=require"
    )
    assert (
        urls["event-database-url"] == "postgresql://me:pw@db.example:5433/event?sslmode=require"
    )
    assert urls["redis-url"].endswith("@127.0.0.1:18103/0")


def test_masked_shows_no_password() -> None:
    assert secrets.masked("amqp://fanfold:hidden@127.0.0.1:5672/") == (
        "amqp://fanfold:***@127.0.0.1:5672/"
    )
    assert secrets.masked("amqp://u:hidden@a/,amqp://u:hidden@b/") == (
        "amqp://u:***@a/,amqp://u:***@b/"
    )
    assert secrets.masked("redis://:hidden@127.0.0.1/0") == "redis://:***@127.0.0.1/0"


def test_write_replaces_only_what_changed(tmp_path: Path) -> None:
    secrets.write(tmp_path, {"a": "1", "b": "2"})
    before = (tmp_path / "a").stat().st_ino

    secrets.write(tmp_path, {"a": "1", "b": "3"})

    assert (tmp_path / "a").stat().st_ino == before
    assert (tmp_path / "b").read_text() == "3"
