"""The outbox, the inbox and the leases in a PostgreSQL database."""

from collections.abc import Sequence

from shared.databases.database import AlreadyHandled, Unsent
from shared.databases.postgres.connection import Link
from shared.databases.postgres.statements import Statements
from shared.events import Event

# Sorted, so that two batches with the same events wait for each other and never deadlock.
_RECORD = """
INSERT INTO inbox (key) SELECT key FROM unnest($1::text[]) AS key ORDER BY key
ON CONFLICT DO NOTHING RETURNING key
"""
_FORGET = "DELETE FROM inbox WHERE key = ANY($1::text[])"
_APPEND = """
INSERT INTO outbox (id, aggregate, revision, envelope)
SELECT id, aggregate, revision, envelope
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
    WITH ORDINALITY AS event(id, aggregate, revision, envelope, place)
ORDER BY place
"""
# Sorted, so that two calls with the same aggregates wait for each other and never deadlock. Its
# commit, and no other, does not wait for the disk: each event's way to RabbitMQ begins with it,
# and a lease that a crash of the server forgets costs a repetition, not an event.
_LEASE = """
INSERT INTO leases (aggregate, owner, until)
SELECT aggregate, $2, clock_timestamp() + make_interval(secs => $3)
FROM unnest($1::text[]) AS aggregate
CROSS JOIN set_config('synchronous_commit', 'off', true) ORDER BY aggregate
ON CONFLICT (aggregate) DO UPDATE SET owner = excluded.owner, until = excluded.until
    WHERE leases.until < clock_timestamp() OR leases.owner = excluded.owner
RETURNING aggregate
"""
# One walk along the index for each aggregate. Asked for by `= ANY`, PostgreSQL may collect the
# entries of the index first: it then never takes out those of rows that were sent since, and
# looks through all of them each time, until the next vacuum.
UNSENT = """
SELECT due.id, due.aggregate, due.envelope FROM unnest($1::text[]) AS asked (aggregate)
CROSS JOIN LATERAL (
    SELECT id, aggregate, envelope, revision, position FROM outbox
    WHERE sent_at IS NULL AND outbox.aggregate = asked.aggregate
    ORDER BY revision, position LIMIT $2
) AS due ORDER BY due.aggregate, due.revision, due.position LIMIT $2
"""
_SETTLE = """
WITH marked AS (
    UPDATE outbox SET sent_at = clock_timestamp(), envelope = '' WHERE id = ANY($1::text[])
)
DELETE FROM leases WHERE aggregate = ANY($2::text[]) AND owner = $3
"""
# Every position is above 0: to say so is the key to the index `outbox_waiting`. A time that
# stays the same for the statement bounds the walk along it, which clock_timestamp() does not;
# the inner limit bounds it when the outbox has grown while RabbitMQ was away.
_WAITING = """
SELECT aggregate FROM (
    SELECT aggregate, created_at FROM outbox
    WHERE sent_at IS NULL AND position > 0
      AND created_at < statement_timestamp() - make_interval(secs => $1)
      AND NOT EXISTS (SELECT 1 FROM leases
                      WHERE leases.aggregate = outbox.aggregate AND until >= clock_timestamp())
    ORDER BY created_at LIMIT $2 * 5
) AS oldest
GROUP BY aggregate ORDER BY min(created_at) LIMIT $2
"""
_PURGE_OUTBOX = """
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox
    WHERE sent_at < statement_timestamp() - make_interval(secs => $1) ORDER BY sent_at LIMIT $2)
"""
_PURGE_INBOX = """
DELETE FROM inbox WHERE key IN (
    SELECT key FROM inbox
    WHERE recorded_at < statement_timestamp() - make_interval(secs => $1)
    ORDER BY recorded_at LIMIT $2)
"""
_PURGE_LEASES = """
DELETE FROM leases WHERE aggregate IN (
    SELECT aggregate FROM leases
    WHERE until < clock_timestamp() - make_interval(secs => $1) LIMIT $2)
    AND until < clock_timestamp()
"""


async def record(link: Link, keys: Sequence[str]) -> None:
    """Put the keys into the inbox; a second delivery waits here until the first is decided."""
    rows = await link.run("fetch", _RECORD, list(keys))
    if len(rows) < len(keys):
        new = {row["key"] for row in rows}
        raise AlreadyHandled(*(key for key in keys if key not in new))


async def forget(link: Link, keys: Sequence[str]) -> None:
    """Take the keys out again: they were there to keep a second delivery waiting meanwhile."""
    await link.run("execute", _FORGET, list(keys))


async def append(link: Link, events: Sequence[Event]) -> None:
    """Put the events into the outbox."""
    if events:
        await link.run(
            "execute",
            _APPEND,
            [event.id for event in events],
            [event.subject for event in events],
            [event.revision or 0 for event in events],
            [event.encode().decode() for event in events],
        )


class PostgresLedger:
    """What `shared.outbox` needs of a PostgreSQL database."""

    def __init__(self, database: Statements) -> None:
        self._database = database

    async def lease(self, aggregates: Sequence[str], owner: str, seconds: float) -> list[str]:
        rows = await self._database.fetch(_LEASE, list(aggregates), owner, seconds)
        return [row["aggregate"] for row in rows]

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        rows = await self._database.fetch(UNSENT, list(aggregates), limit)
        return [Unsent(row["id"], row["aggregate"], row["envelope"].encode()) for row in rows]

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        await self._database.execute(_SETTLE, list(sent), list(leased), owner)

    async def waiting(self, grace: float, limit: int) -> list[str]:
        rows = await self._database.fetch(_WAITING, grace, limit)
        return [row["aggregate"] for row in rows]

    async def purge(self, outbox_seconds: float, inbox_seconds: float, limit: int) -> int:
        tags = [
            await self._database.execute(_PURGE_OUTBOX, outbox_seconds, limit),
            await self._database.execute(_PURGE_INBOX, inbox_seconds, limit),
            await self._database.execute(_PURGE_LEASES, outbox_seconds, limit),
        ]
        return sum(int(tag.removeprefix("DELETE ")) for tag in tags)
