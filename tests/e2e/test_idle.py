"""What services ask of their databases while nothing happens."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import httpx
import pymysql
import pytest
from pymongo import MongoClient

from tests.conftest import Installation
from tests.e2e.client import eventually

SECONDS = 10.0
# What the promise says: a service asks its database so often in a second.
MOST = 2.0
# An interval that begins just before a tick has one more.
EDGE = 2
ASKING = {
    *("aggregate", "find", "getMore", "count", "distinct"),
    *("insert", "update", "delete", "findAndModify", "commitTransaction", "abortTransaction"),
}
Count = Callable[[], int]


@pytest.fixture
async def postgres_log(installation: Installation) -> Any:
    """The server's log, with a line for each statement as long as the test runs."""
    admin = await asyncpg.connect(installation.admin["postgres"])
    try:
        await admin.execute("ALTER SYSTEM SET log_statement = 'all'")
        await admin.execute("SELECT pg_reload_conf()")
        yield installation.home / "logs/postgres.log"
    finally:
        await admin.execute("ALTER SYSTEM RESET log_statement")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()


def asked_postgres(log: Path, database: str) -> int:
    lines = log.read_text(errors="replace").splitlines()
    said = re.compile(rf" \w+@{database} LOG:  (statement|execute )")
    return sum(said.search(line) is not None for line in lines)


@pytest.fixture
def mysql(installation: Installation) -> Iterator[Any]:
    """One connection for both counts: to open another asks several things."""
    parts = urlsplit(installation.admin["mysql"])
    connection = pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    with connection:
        yield connection


def asked_mysql(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE 'Questions'")
        [(_, questions)] = cursor.fetchall()
    return int(questions)


def asked_mongo(installation: Installation) -> int:
    with MongoClient[dict[str, Any]](installation.admin["mongo"]) as client:
        commands = client.admin.command("serverStatus")["metrics"]["commands"]
    return sum(found["total"] for name, found in commands.items() if name in ASKING)


def asked_surreal(installation: Installation) -> int:
    parts = urlsplit(installation.admin["surreal"])
    text = httpx.get(f"http://{parts.hostname}:{parts.port}/metrics").text
    found = re.search(r'surrealdb_rpc_calls_total\{method="query"\} (\d+)', text)
    assert found is not None, text
    return int(found[1])


@pytest.fixture
def counts(installation: Installation, postgres_log: Path, mysql: Any) -> dict[str, Count]:
    return {
        "user": lambda: asked_mongo(installation),
        "post": lambda: asked_postgres(postgres_log, "post"),
        "like": lambda: asked_surreal(installation),
        "comment": lambda: asked_mysql(mysql),
        "event": lambda: asked_postgres(postgres_log, "event"),
    }


def test_services_ask_their_databases_twice_a_second_at_most(
    counts: dict[str, Count],
) -> None:
    def rates() -> dict[str, float]:
        """How often each service asked in a second, over some of them."""
        begun, before = time.monotonic(), {name: count() for name, count in counts.items()}
        time.sleep(SECONDS)  # the quiet itself is what is measured
        after = {name: count() for name, count in counts.items()}
        lasted = time.monotonic() - begun
        return {name: (after[name] - before[name] - EDGE) / lasted for name in counts}

    seen = eventually(rates, lambda rates: max(rates.values()) <= MOST, within=90)
    # They are not asleep either: that would be another way to ask little.
    assert min(seen.values()) > 0.5, seen
