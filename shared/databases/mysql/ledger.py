"""The outbox, the inbox and the leases in a MySQL database."""

from collections.abc import Sequence

from shared.databases.database import AlreadyHandled, Duplicate, Unsent
from shared.databases.mysql.connection import Link
from shared.databases.mysql.statements import Statements
from shared.events import Event

_RECORD = "INSERT INTO inbox (`key`) VALUES "
_RECORDED = "SELECT `key` FROM inbox WHERE `key` IN ({}) LOCK IN SHARE MODE"
_FORGET = "DELETE FROM inbox WHERE `key` IN ({})"
_APPEND = "INSERT INTO outbox (id, aggregate, revision, envelope) VALUES "
# The second assignment sees the first one's outcome.
_LEASE = """
INSERT INTO leases (aggregate, owner, `until`) VALUES {}
ON DUPLICATE KEY UPDATE
    owner = IF(`until` < UTC_TIMESTAMP(6), VALUES(owner), owner),
    `until` = IF(owner = VALUES(owner), VALUES(`until`), `until`)
"""
_LEASED = "SELECT aggregate FROM leases WHERE owner = %s AND aggregate IN ({})"
_UNSENT = """
SELECT id, aggregate, envelope FROM outbox
WHERE sent_at IS NULL AND aggregate IN ({})
ORDER BY aggregate, revision, position LIMIT %s
"""
_MARK = "UPDATE outbox SET sent_at = UTC_TIMESTAMP(6), envelope = '' WHERE id IN ({})"
_RELEASE = "DELETE FROM leases WHERE owner = %s AND aggregate IN ({})"
# The inner limit bounds the cost when the outbox has grown while RabbitMQ was away.
_WAITING = """
SELECT aggregate FROM (
    SELECT aggregate, created_at FROM outbox
    WHERE sent_at IS NULL AND created_at < UTC_TIMESTAMP(6) - INTERVAL %s MICROSECOND
      AND NOT EXISTS (SELECT 1 FROM leases WHERE leases.aggregate = outbox.aggregate
                      AND leases.`until` >= UTC_TIMESTAMP(6))
    ORDER BY created_at LIMIT %s
) AS oldest
GROUP BY aggregate ORDER BY MIN(created_at) LIMIT %s
"""
_PURGE_OUTBOX = (
    "DELETE FROM outbox WHERE sent_at < UTC_TIMESTAMP(6) - INTERVAL %s MICROSECOND LIMIT %s"
)
_PURGE_INBOX = (
    "DELETE FROM inbox WHERE recorded_at < UTC_TIMESTAMP(6) - INTERVAL %s MICROSECOND LIMIT %s"
)
_PURGE_LEASES = (
    "DELETE FROM leases WHERE `until` < UTC_TIMESTAMP(6) - INTERVAL %s MICROSECOND LIMIT %s"
)


async def record(link: Link, keys: Sequence[str]) -> None:
    """Put the keys into the inbox; a second delivery waits here until the first is decided."""
    # Sorted, so that two batches with the same events wait for each other.
    wanted = sorted(keys)
    try:
        await link.run(_RECORD + ", ".join(["(%s)"] * len(wanted)), wanted)
    except Duplicate as error:
        if len(wanted) == 1:
            raise AlreadyHandled(*wanted) from error
        known = await link.run(_RECORDED.format(_marks(wanted)), wanted)
        raise AlreadyHandled(*(row["key"] for row in known.rows)) from error


async def forget(link: Link, keys: Sequence[str]) -> None:
    """Take the keys out again: they were there to keep a second delivery waiting meanwhile."""
    await link.run(_FORGET.format(_marks(keys)), list(keys))


async def append(link: Link, events: Sequence[Event]) -> None:
    """Put the events into the outbox."""
    if events:
        rows = [
            value
            for event in events
            for value in (event.id, event.subject, event.revision or 0, event.encode().decode())
        ]
        await link.run(_APPEND + ", ".join(["(%s, %s, %s, %s)"] * len(events)), rows)


class MySQLLedger:
    """What `shared.outbox` needs of a MySQL database."""

    def __init__(self, database: Statements) -> None:
        self._database = database

    async def lease(self, aggregates: Sequence[str], owner: str, seconds: float) -> list[str]:
        # Sorted, so that two calls with the same aggregates wait for each other.
        wanted = sorted(aggregates)
        row = "(%s, %s, UTC_TIMESTAMP(6) + INTERVAL %s MICROSECOND)"
        values = [value for one in wanted for value in (one, owner, _micros(seconds))]
        await self._database.execute(_LEASE.format(", ".join([row] * len(wanted))), values)
        rows = await self._database.fetch(_LEASED.format(_marks(wanted)), [owner, *wanted])
        return [row["aggregate"] for row in rows]

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        rows = await self._database.fetch(
            _UNSENT.format(_marks(aggregates)), [*aggregates, limit]
        )
        return [Unsent(row["id"], row["aggregate"], row["envelope"].encode()) for row in rows]

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        if sent:
            await self._database.execute(_MARK.format(_marks(sent)), list(sent))
        if leased:
            await self._database.execute(_RELEASE.format(_marks(leased)), [owner, *leased])

    async def waiting(self, grace: float, limit: int) -> list[str]:
        rows = await self._database.fetch(_WAITING, [_micros(grace), limit * 5, limit])
        return [row["aggregate"] for row in rows]

    async def purge(self, outbox_seconds: float, inbox_seconds: float, limit: int) -> int:
        old = ((_PURGE_OUTBOX, outbox_seconds), (_PURGE_INBOX, inbox_seconds))
        return sum(
            [
                await self._database.execute(statement, [_micros(seconds), limit])
                for statement, seconds in (*old, (_PURGE_LEASES, outbox_seconds))
            ]
        )


def _marks(values: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(values))


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)
