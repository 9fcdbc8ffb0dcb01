"""What every call asks PostgreSQL costs as much after a thousand events as after one."""

from typing import Any

import pytest

from shared.databases.database import Database
from shared.databases.postgres import Postgres
from shared.databases.postgres.ledger import UNSENT

WAIT = """
INSERT INTO outbox (id, aggregate, revision, envelope)
SELECT n::text, 'thing/' || n, 1, '{}' FROM generate_series(1, 20000) AS n
"""
SEND = "UPDATE outbox SET sent_at = clock_timestamp(), envelope = '' WHERE id::int > 10"


@pytest.mark.parametrize("subject", ["postgres"], indirect=True)
async def test_unsent_events_are_found_along_the_index_of_their_aggregates(
    database: Database[Any],
) -> None:
    assert isinstance(database, Postgres)
    for preparation in ("SELECT 1", WAIT, SEND, "ANALYZE outbox"):
        await database.execute(preparation)
        for count in (1, 3):
            asked = [f"thing/{number}" for number in range(count)]
            rows = await database.fetch(f"EXPLAIN {UNSENT}", asked, 100)
            plan = "\n".join(row["QUERY PLAN"] for row in rows)
            assert "Index Scan using outbox_unsent" in plan, (preparation, count, plan)
            assert "Bitmap" not in plan, (preparation, count, plan)


@pytest.mark.parametrize("subject", ["postgres"], indirect=True)
async def test_what_was_sent_is_not_looked_through_again(database: Database[Any]) -> None:
    """Without a vacuum, the index keeps what was sent until somebody who walks along it."""
    assert isinstance(database, Postgres)
    await database.execute("ALTER TABLE outbox SET (autovacuum_enabled = off)")
    append = "INSERT INTO outbox (id, aggregate, revision, envelope) VALUES ($1, $2, 1, '{}')"
    for number in range(300):
        await database.execute(append, str(number), "thing/a")
        [found] = await database.ledger.unsent(["thing/a"], 100)
        assert found.id == str(number)
        await database.ledger.settle([found.id], ["thing/a"], "me")
    read = (
        "SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE indexrelname ~ '^outbox_[uw]'"
    )
    await database.fetchval("SELECT pg_stat_force_next_flush()")
    assert await database.fetchval(read) < 3_000
