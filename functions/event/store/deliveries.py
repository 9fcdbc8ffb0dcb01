"""Deliveries on their way: one for each event and subscription."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from functions.event.model import GONE, PATIENCE, Attempt, Due, Outcome, Topics, next_attempt
from functions.event.store.shares import AT_ONCE, FAILING, HOLD, MOST, QUICK, SILENCE, Shares
from shared.cache import Cache
from shared.databases.postgres import PostgresTransaction
from shared.events import Event
from shared.ids import new_id

PURGED = 5000
# Rows that one statement drops, and how often that is done at once: what is left then nobody is
# told of, and the relay drops it in time.
DROPPED = 5000
BATCHES = 10
# With the relay's clock and chance: up to 300,000 in four minutes, some 1,200 a second.
ROUNDS = 60
# Every event asks who is active. Whoever changes that has it forgotten; who reads it just then
# and keeps it just afterwards is wrong for so long at most.
REMEMBERED = 2.0
ACTIVES = "event-subscriptions"

ACTIVE = "SELECT id, type FROM subscriptions WHERE state = 'active'"
FAN_OUT = f"""
    WITH made AS (
        INSERT INTO deliveries (id, subscription_id, event_id, type, created_at, next_at)
        SELECT delivery, id, event, kind, $5, statement_timestamp()
            + CASE WHEN {FAILING} THEN interval '0' ELSE make_interval(secs => $6) END
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
            AS made(delivery, subscription, event, kind)
        JOIN subscriptions ON subscriptions.id = subscription AND state = 'active'
        ON CONFLICT DO NOTHING RETURNING id, subscription_id
    )
    SELECT made.id FROM made JOIN subscriptions ON subscriptions.id = subscription_id
    WHERE NOT {FAILING}
"""  # noqa: S608 - conditions of ours
HASTEN = """
    UPDATE deliveries SET next_at = clock_timestamp()
    FROM unnest($1::text[], $2::int[]) AS told(delivery, attempt)
    WHERE id = delivery AND state = 'waiting' AND attempts + 1 = attempt
"""
EVENT_OF = "SELECT event_id, created_at FROM deliveries WHERE id = $1"
ARRIVED = """
    UPDATE deliveries SET state = 'delivered', attempts = $2, last_status = $3, last_error = '',
        settled_at = $4 WHERE id = $1 AND state = 'waiting'
    RETURNING held_until > clock_timestamp() + make_interval(secs => $5)
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
        last_status = $2, last_error = '', last_tried_at = $3,
        room = CASE WHEN $4 THEN least(room + 1, $6) ELSE $5 END WHERE id = $1
"""
WENT_WRONG = """
    UPDATE subscriptions SET failed = failed + $5, last_status = $2, last_error = $4,
        last_tried_at = $3, failing_since = coalesce(failing_since, $3), room = $6
    WHERE id = $1 RETURNING failing_since
"""
DISABLE = "UPDATE subscriptions SET state = 'disabled' WHERE id = $1 AND state = 'active'"
PURGE = """
    DELETE FROM deliveries WHERE id IN (
        SELECT id FROM deliveries
        WHERE settled_at < statement_timestamp() - interval '30 days'
        ORDER BY settled_at LIMIT $1)
"""
# What was too much to drop at once, and what was fanned out while its subscription ended.
LEFT = """
    UPDATE deliveries SET state = 'dropped', settled_at = $1 WHERE id IN (
        SELECT one.id FROM subscriptions CROSS JOIN LATERAL (
            SELECT id FROM deliveries
            WHERE subscription_id = subscriptions.id AND deliveries.state = 'waiting' LIMIT $2
        ) AS one WHERE subscriptions.state <> 'active' LIMIT $2)
"""
DROP = """
    UPDATE deliveries SET state = 'dropped', settled_at = $2 WHERE id IN (
        SELECT id FROM deliveries WHERE subscription_id = $1 AND state = 'waiting' LIMIT $3)
"""


class Deliveries(Shares):
    cache: Cache

    async def fan_out(self, events: Sequence[Event], now: datetime) -> list[Due]:
        """Note a delivery for each event and subscription to it; give those to tell of now."""
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

    async def hasten(self, due: Sequence[Due]) -> None:
        """Have deliveries told of again at once: their messages did not go."""
        deliveries, attempts = [one.delivery for one in due], [one.attempt for one in due]
        await self.database.execute(HASTEN, deliveries, attempts)

    async def event_of(self, delivery: str) -> tuple[str, datetime] | None:
        """Give the id of the event that a delivery brings, and since when it waits."""
        row = await self.database.fetchrow(EVENT_OF, delivery)
        return (row["event_id"], row["created_at"]) if row else None

    async def tried(self, attempt: Attempt, outcome: Outcome, now: datetime) -> bool:
        """Note how an attempt went; tell whether it was the last that its subscription got."""

        async def work(tx: PostgresTransaction) -> bool:
            how = (attempt.delivery, attempt.number, outcome.status, now)
            if outcome.arrived:
                quick = await tx.fetchval(ARRIVED, *how, HOLD - QUICK)
                told = (attempt.subscription, outcome.status, now)
                await tx.execute(WENT_WELL, *told, bool(quick), AT_ONCE, MOST)
                return False
            again = next_attempt(attempt.number, now)
            await tx.execute(FAILED, *how, outcome.error, again)
            wrong = (attempt.subscription, outcome.status, now, outcome.error)
            since = await tx.fetchval(WENT_WRONG, *wrong, int(again is None), AT_ONCE)
            if outcome.status != GONE and now - since < PATIENCE:
                return False
            disabled: bool = await tx.execute(DISABLE, attempt.subscription) == "UPDATE 1"
            await drop(tx, attempt.subscription, now)
            return disabled

        disabled = await self.database.write(work)
        if disabled:
            await self.cache.forget(ACTIVES)
        return disabled

    async def give_up(self, due: Due, error: str, now: datetime) -> None:
        """Note that a delivery cannot be made, for which its callback is not to blame."""
        attempts = due.attempt - 1
        await self.database.execute(FAILED, due.delivery, attempts, 0, now, error, None)

    async def purge_deliveries(self, now: datetime) -> None:
        """Forget what was settled a month ago, and drop what waits for nobody any more."""
        for _ in range(ROUNDS):
            if await self.database.execute(LEFT, now, DROPPED) != f"UPDATE {DROPPED}":
                break
        for _ in range(ROUNDS):
            if await self.database.execute(PURGE, PURGED) != f"DELETE {PURGED}":
                break

    async def _active(self) -> list[tuple[str, str]]:
        """Give the id and the type of every active subscription."""

        async def read() -> bytes:
            rows = await self.database.fetch(ACTIVE)
            return msgspec.json.encode([(row["id"], row["type"]) for row in rows])

        kept = await self.cache.kept(ACTIVES, REMEMBERED, read)
        return msgspec.json.decode(kept, type=list[tuple[str, str]])


async def drop(tx: PostgresTransaction, subscription: str, at: datetime) -> bool:
    """Drop what waits for a subscription that ended; tell whether that was all."""
    for _ in range(BATCHES):
        if await tx.execute(DROP, subscription, at, DROPPED) != f"UPDATE {DROPPED}":
            return True
    return False
