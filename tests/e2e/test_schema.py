"""A function whose database lacks a change of the schema says so, until it is there."""

import asyncpg

from tests.conftest import Installation
from tests.e2e.client import Fanfold

APPLIED = "INSERT INTO migrations (name, checksum) VALUES ($1, $2)"


async def test_older_schema_is_named_and_migrating_suffices(
    faulty: Fanfold, installation: Installation
) -> None:
    url = f"{installation.admin['postgres'].rpartition('/')[0]}/faulty"
    connection = await asyncpg.connect(url)
    taken = "DELETE FROM migrations WHERE name LIKE '0001%' RETURNING name, checksum"
    name, checksum = await connection.fetchrow(taken)

    answer = faulty.call("faulty-effects")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"] == (
        "the faulty database has no schema, faulty-effects needs 0001: invoke faulty-migrate"
    )
    await connection.execute(APPLIED, name, checksum)
    await connection.close()
    assert faulty.ok("faulty-effects") == []
