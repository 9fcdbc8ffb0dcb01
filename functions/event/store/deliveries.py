"""Deliveries on their way: one for each event and subscription."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from functions.event.model import GONE, PATIENCE, Attempt, Due, Outcome, Topics, next_attempt
from shared.cache import Cache
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event
from shared.ids import new_id

# A message about a delivery that is not heard of for so long is sent again.
SILENCE = 900
# Longer than an attempt takes: so long nobody else makes it.
HOLD = 30
DUE_AT_ONCE = 200
PURGED = 5000
# Every event asks who is active. Whoever changes that has it forgotten; who reads it just then
# and keeps it just afterwards is wrong for so long at most.
REMEMBERED = 2.0
ACTIVES = "event-subscriptions"

ACTIVE = "SELECT id, type FROM subscriptions WHERE state = 'active'"
FAN_OUT = """
    INSERT INTO deliveries (id, subscription_id, event_id, type, created_at, next_at)
    SELECT delivery, id, event, kind, $5, clock_timestamp() + make_interval(secs => $6)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
        AS made(delivery, subscription, event, kind)
    JOIN subscriptions ON subscriptions.id = subscription AND state = 'active'
    ON CONFLICT DO NOTHING RETURNING id
"""
DUE = """
    UPDATE deliveries SET next_at = clock_timestamp() + make_interval(secs => $1)
    WHERE id IN (SELECT id FROM deliveries
                 WHERE state = 'waiting' AND next_at <= clock_timestamp()
                 ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING id, attempts + 1 AS attempt
"""
HOLD_IT = """
    UPDATE deliveries SET held_until = clock_timestamp() + make_interval(secs => $3)
    FROM subscriptions
    WHERE deliveries.id = $1 AND deliveries.state = 'waiting' AND attempts + 1 = $2
        AND held_until < clock_timestamp()
        AND subscriptions.id = subscription_id AND subscriptions.state = 'active'
    RETURNING subscription_id, url
"""
HASTEN = "UPDATE deliveries SET next_at = clock_timestamp() WHERE id = ANY($1::text[])"
EVENT_OF = "SELECT event_id, created_at FROM deliveries WHERE id = $1"
ARRIVED = """
    UPDATE deliveries SET state = 'delivered', attempts = $2, last_status = $3, last_error = '',
        settled_at = $4 WHERE id = $1 AND state = 'waiting'
"""
FAILED = """
    UPDATE deliveries SET attempts = $2, last_status = $3, last_error = $5,
        held_until = '-infinity', next_at = coalesce($6::timestamptz, next_at),
        state = CASE WHEN $6::timestamptz IS NULL THEN 'failed' ELSE 'waiting' END,
        settled_at = CASE WHEN $6::timestamptz IS NULL THEN $4::timestamptz END
    WHERE id = $1 AND state = 'waiting'
"""
WENT_WELL = """
    UPDATE subscriptions SET delivered = delivered + 1, failing_since = NULL,
        last_status = $2, last_error = '', last_tried_at = $3 WHERE id = $1
"""
WENT_WRONG = """
    UPDATE subscriptions SET failed = failed + $5, last_status = $2, last_error = $4,
        last_tried_at = $3, failing_since = coalesce(failing_since, $3)
    WHERE id = $1 RETURNING failing_since
"""
DISABLE = "UPDATE subscriptions SET state = 'disabled' WHERE id = $1 AND state = 'active'"
PURGE = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries WHERE settled_at < clock_timestamp() - interval '30 days'
        LIMIT $1)
"""
DROP = """
    UPDATE deliveries SET state = 'dropped', settled_at = $2 WHERE id IN (
        SELECT id FROM deliveries WHERE subscription_id = $1 AND state = 'waiting' LIMIT 5000)
"""


class Deliveries:
    database: Postgres
    cache: Cache

    async def fan_out(self, events: Sequence[Event], now: datetime) -> list[Due]:
        """Note one delivery for each event and subscription to it; give the new ones."""
        active = [(key, Topics.parse(kind)) for key, kind in await self._active()]
        wanted = [
            (new_id(now), key, event.id, event.type)
            for event in events
            for key, topics in active
            if topics.takes(event.type)
        ]
        if not wanted:
            return []

        async def work(tx: PostgresTransaction) -> list[Due]:
            columns = (list(column) for column in zip(*wanted, strict=True))
            made = await tx.fetch(FAN_OUT, *columns, now, SILENCE)
            return [Due(row["id"], 1) for row in made]

        return await self.database.write(work)

    async def due(self) -> list[Due]:
        """Give deliveries whose time has come, or of whose message nothing was heard."""
        rows = await self.database.fetch(DUE, SILENCE, DUE_AT_ONCE)
        return [Due(row["id"], row["attempt"]) for row in rows]

    async def hasten(self, due: Sequence[Due]) -> None:
        """Have deliveries told of again at once: their messages did not go."""
        await self.database.execute(HASTEN, [one.delivery for one in due])

    async def event_of(self, delivery: str) -> tuple[str, datetime] | None:
        """Give the id of the event that a delivery brings, and since when it waits."""
        row = await self.database.fetchrow(EVENT_OF, delivery)
        return (row["event_id"], row["created_at"]) if row else None

    async def attempt(self, due: Due) -> Attempt | None:
        """Take a delivery to try it, unless that is settled, or somebody else's."""
        row = await self.database.fetchrow(HOLD_IT, due.delivery, due.attempt, HOLD)
        if row is None:
            return None
        return Attempt(
            delivery=due.delivery,
            subscription=row["subscription_id"],
            url=row["url"],
            number=due.attempt,
        )

    async def tried(self, attempt: Attempt, outcome: Outcome, now: datetime) -> bool:
        """Note how an attempt went; tell whether it was the last that its subscription got."""

        async def work(tx: PostgresTransaction) -> bool:
            how = (attempt.delivery, attempt.number, outcome.status, now)
            if outcome.arrived:
                await tx.execute(ARRIVED, *how)
                await tx.execute(WENT_WELL, attempt.subscription, outcome.status, now)
                return False
            again = next_attempt(attempt.number, now)
            await tx.execute(FAILED, *how, outcome.error, again)
            told = (attempt.subscription, outcome.status, now, outcome.error)
            since = await tx.fetchval(WENT_WRONG, *told, int(again is None))
            if outcome.status != GONE and now - since < PATIENCE:
                return False
            disabled: bool = await tx.execute(DISABLE, attempt.subscription) == "UPDATE 1"
            await drop(tx, attempt.subscription, now)
            return disabled

        disabled = await self.database.write(work)
        if disabled:
            await self.cache.forget(ACTIVES)
        return disabled

    async def purge_deliveries(self) -> None:
        """Forget what was settled a month ago."""
        await self.database.execute(PURGE, PURGED)

    async def _active(self) -> list[tuple[str, str]]:
        """Give the id and the type of every active subscription."""

        async def read() -> bytes:
            rows = await self.database.fetch(ACTIVE)
            return msgspec.json.encode([(row["id"], row["type"]) for row in rows])

        kept = await self.cache.kept(ACTIVES, REMEMBERED, read)
        return msgspec.json.decode(kept, type=list[tuple[str, str]])


async def drop(tx: PostgresTransaction, subscription: str, at: datetime) -> None:
    while await tx.execute(DROP, subscription, at) != "UPDATE 0":
        pass
