"""The outbox, the inbox and the leases in a SurrealDB database."""

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from shared.databases.database import Unsent
from shared.events import Event

if TYPE_CHECKING:  # a transaction is built from these functions
    from shared.databases.surreal.adapter import SurrealTransaction

_RECORDED = "RETURN $keys.filter(|$key| record::exists(type::record('inbox', $key)))"
# What `told` of the connection knows as AlreadyHandled.
_RECORD = """
    FOR $key IN $keys {
        IF record::exists(type::record('inbox', $key)) { THROW 'already handled' };
        CREATE type::record('inbox', $key) SET recorded_at = time::now() RETURN NONE
    }
"""
_FORGET = "DELETE $keys.map(|$key| type::record('inbox', $key)) RETURN NONE"
_APPEND = """
    FOR $event IN $events {
        CREATE type::record('outbox', $event.id) SET
            aggregate = $event.aggregate,
            revision = $event.revision,
            position = $event.position,
            envelope = $event.envelope,
            created_at = time::now(),
            unsent = true
        RETURN NONE
    }
"""
_LEASE = """
    BEGIN;
    FOR $aggregate IN $aggregates {
        LET $lease = (SELECT * FROM ONLY type::record('leases', $aggregate));
        IF $lease = NONE OR $lease.until < time::now() OR $lease.owner = $owner {
            UPSERT type::record('leases', $aggregate)
            SET owner = $owner, until = time::now() + <duration> $length RETURN NONE
        }
    };
    COMMIT;
    SELECT VALUE record::id(id) FROM $aggregates.map(|$one| type::record('leases', $one))
    WHERE owner = $owner
"""
# One search for each aggregate: with `aggregate IN`, the engine reads everything unsent.
_UNSENT = """
    RETURN array::flatten($aggregates.map(|$one| (
        SELECT record::id(id) AS id, aggregate, envelope, revision, created_at, position
        FROM outbox WHERE aggregate = $one AND unsent = true
        ORDER BY revision, created_at, position LIMIT $limit
    )))
"""
_SETTLE = """
    UPDATE $sent.map(|$one| type::record('outbox', $one))
    SET sent_at = time::now(), unsent = NONE, envelope = '' RETURN NONE;
    DELETE $leased.map(|$one| type::record('leases', $one)) WHERE owner = $owner
"""
# The inner limit bounds the cost when the outbox has grown while RabbitMQ was away. It needs
# its ORDER BY: the engine applies a bare LIMIT to an index before it filters what comes out.
_WAITING = """
    LET $held = (SELECT VALUE record::id(id) FROM leases WHERE until >= time::now());
    LET $before = time::now() - <duration> $grace;
    SELECT aggregate, math::min(created_at) AS since FROM (
        SELECT aggregate, created_at FROM outbox
        WHERE unsent = true AND created_at < $before AND aggregate NOT IN $held
        ORDER BY created_at LIMIT $rows
    ) GROUP BY aggregate ORDER BY since LIMIT $limit
"""
# What is not sent has NONE, which is smaller than every time.
_PURGE = """
    LET $before = time::now() - <duration> $outbox_age;
    LET $sent = (SELECT VALUE id FROM outbox
        WHERE sent_at > NONE AND sent_at < $before LIMIT $limit);
    DELETE $sent RETURN NONE;
    LET $before = time::now() - <duration> $inbox_age;
    LET $keys = (SELECT VALUE id FROM inbox WHERE recorded_at < $before LIMIT $limit);
    DELETE $keys RETURN NONE;
    LET $before = time::now() - <duration> $outbox_age;
    LET $leases = (DELETE leases WHERE until < $before RETURN BEFORE);
    RETURN array::len($sent) + array::len($keys) + array::len($leases)
"""


async def recorded(tx: "SurrealTransaction", keys: Sequence[str]) -> list[str]:
    """Give the keys that the inbox has now, before work is done for nothing."""
    found: list[str] = await tx.read(_RECORDED, keys=list(keys))
    return found


def record(tx: "SurrealTransaction", keys: Sequence[str]) -> None:
    """Put the keys into the inbox with the commit, unless one came there meanwhile."""
    tx.add(_RECORD, keys=list(keys))


def forget(tx: "SurrealTransaction", keys: Sequence[str]) -> None:
    """Take the keys out again at the end: of two deliveries at once, one must conflict."""
    tx.add(_FORGET, keys=list(keys))


def append(tx: "SurrealTransaction", events: Sequence[Event]) -> None:
    """Put the events into the outbox."""
    if events:
        rows = [
            {
                "id": event.id,
                "aggregate": event.subject,
                "revision": event.revision or 0,
                "position": position,
                "envelope": event.encode().decode(),
            }
            for position, event in enumerate(events)
        ]
        tx.add(_APPEND, events=rows)


class _Query(Protocol):
    def __call__(self, surql: str, **variables: Any) -> Awaitable[list[Any]]: ...


class SurrealLedger:
    """What `shared.outbox` needs of a SurrealDB database."""

    def __init__(self, query: _Query) -> None:
        self._query = query

    async def lease(self, aggregates: Sequence[str], owner: str, seconds: float) -> list[str]:
        wanted = list(aggregates)
        results = await self._query(
            _LEASE, aggregates=wanted, owner=owner, length=_duration(seconds)
        )
        return list(results[-1])

    async def unsent(self, aggregates: Sequence[str], limit: int) -> list[Unsent]:
        [rows] = await self._query(_UNSENT, aggregates=list(aggregates), limit=limit)
        return [
            Unsent(row["id"], row["aggregate"], row["envelope"].encode())
            for row in rows[:limit]
        ]

    async def settle(self, sent: Sequence[str], leased: Sequence[str], owner: str) -> None:
        await self._query(_SETTLE, sent=list(sent), leased=list(leased), owner=owner)

    async def waiting(self, grace: float, limit: int) -> list[str]:
        results = await self._query(
            _WAITING, grace=_duration(grace), rows=limit * 5, limit=limit
        )
        return [row["aggregate"] for row in results[-1]]

    async def purge(self, outbox_seconds: float, inbox_seconds: float, limit: int) -> int:
        results = await self._query(
            _PURGE,
            outbox_age=_duration(outbox_seconds),
            inbox_age=_duration(inbox_seconds),
            limit=limit,
        )
        gone: int = results[-1]
        return gone


def _duration(seconds: float) -> str:
    return f"{round(seconds * 1000)}ms"
