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
# Attempts of one subscription at a time, a fifth of the places of the queue: a callback that
# hangs holds no more of them. What finds no room comes again so many seconds later.
AT_ONCE = 4
AGAIN = 2.0
# What the relay tells of at once: of one subscription, and of all. Whoever has no room is told
# of no more than would fill it.
SHARE = 100
DUE_AT_ONCE = 500
PURGED = 5000
# With the relay's clock and chance: up to 300,000 in four minutes, some 1,200 a second.
ROUNDS = 60
# Every event asks who is active. Whoever changes that has it forgotten; who reads it just then
# and keeps it just afterwards is wrong for so long at most.
REMEMBERED = 2.0
ACTIVES = "event-subscriptions"

ACTIVE = "SELECT id, type FROM subscriptions WHERE state = 'active'"
# A single failure says little. Who has failed for a while, as each has that hangs, is tried by
# one delivery at a time, after pauses of a fifth of that while, and of a minute at most; all
# others wait for the relay to tell of them.
FAILING = "coalesce(failing_since < statement_timestamp() - interval '5 seconds', false)"
PAUSING = f"""({FAILING} AND last_tried_at > statement_timestamp()
    - least(interval '60 seconds', (statement_timestamp() - failing_since) / 5))"""
HELD = """(SELECT count(*) FROM deliveries AS other WHERE other.subscription_id = {}
    AND other.state = 'waiting' AND other.held_until > '-infinity'
    AND other.held_until > clock_timestamp())"""
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
DUE = f"""
    WITH turn AS (
        SELECT id, CASE
            WHEN {PAUSING} THEN 0
            WHEN {FAILING} THEN greatest(0, 1 - {HELD.format("subscriptions.id")})
            WHEN {HELD.format("subscriptions.id")} >= $2 THEN $2
            ELSE $3::int END AS share
        FROM subscriptions WHERE state = 'active'
    )
    UPDATE deliveries SET next_at = clock_timestamp() + make_interval(secs => $1)
    WHERE id IN (
        SELECT one.id FROM turn CROSS JOIN LATERAL (
            SELECT id, next_at FROM deliveries
            WHERE subscription_id = turn.id AND state = 'waiting'
                AND next_at <= clock_timestamp()
            ORDER BY next_at LIMIT turn.share FOR UPDATE SKIP LOCKED
        ) AS one ORDER BY one.next_at LIMIT $4)
    RETURNING id, attempts + 1 AS attempt
"""  # noqa: S608 - conditions of ours
# Whoever asks for room holds the subscription, so that no two take the last place.
SUBSCRIPTION_OF = f"""
    SELECT id, url, state = 'active' AS active, {PAUSING} AS pausing,
        CASE WHEN {FAILING} THEN 1 ELSE $2::int END AS room
    FROM subscriptions WHERE id = (SELECT subscription_id FROM deliveries WHERE id = $1)
    FOR NO KEY UPDATE
"""  # noqa: S608 - conditions of ours
ASKED = """id = $1 AND state = 'waiting' AND attempts + 1 = $2
    AND held_until < clock_timestamp()"""
HOLD_IT = f"""
    UPDATE deliveries SET held_until = clock_timestamp() + make_interval(secs => $3)
    WHERE {ASKED} AND {HELD.format("$4")} < $5
"""  # noqa: S608 - conditions of ours
PUT_OFF = f"""
    UPDATE deliveries SET next_at = clock_timestamp() + make_interval(secs => $3)
    WHERE {ASKED}
"""  # noqa: S608 - conditions of ours
DROP_IT = """
    UPDATE deliveries SET state = 'dropped', settled_at = $2 WHERE id = $1 AND state = 'waiting'
"""
HASTEN = """
    UPDATE deliveries SET next_at = clock_timestamp()
    FROM unnest($1::text[], $2::int[]) AS told(delivery, attempt)
    WHERE id = delivery AND state = 'waiting' AND attempts + 1 = attempt
"""
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
# An event was fanned out while its subscription ended: neither saw the other.
LEFT = """
    UPDATE deliveries SET state = 'dropped', settled_at = $1 WHERE id IN (
        SELECT one.id FROM subscriptions CROSS JOIN LATERAL (
            SELECT id FROM deliveries
            WHERE subscription_id = subscriptions.id AND deliveries.state = 'waiting' LIMIT $2
        ) AS one WHERE subscriptions.state <> 'active' LIMIT $2)
"""
DROP = """
    UPDATE deliveries SET state = 'dropped', settled_at = $2 WHERE id IN (
        SELECT id FROM deliveries WHERE subscription_id = $1 AND state = 'waiting' LIMIT 5000)
"""


class Deliveries:
    database: Postgres
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

    async def due(self) -> list[Due]:
        """Give deliveries whose time has come, or of whose message nothing was heard."""
        rows = await self.database.fetch(DUE, SILENCE, AT_ONCE, SHARE, DUE_AT_ONCE)
        return [Due(row["id"], row["attempt"]) for row in rows]

    async def hasten(self, due: Sequence[Due]) -> None:
        """Have deliveries told of again at once: their messages did not go."""
        deliveries, attempts = [one.delivery for one in due], [one.attempt for one in due]
        await self.database.execute(HASTEN, deliveries, attempts)

    async def event_of(self, delivery: str) -> tuple[str, datetime] | None:
        """Give the id of the event that a delivery brings, and since when it waits."""
        row = await self.database.fetchrow(EVENT_OF, delivery)
        return (row["event_id"], row["created_at"]) if row else None

    async def attempt(self, due: Due, now: datetime) -> Attempt | None:
        """Take a delivery to try it, unless that is settled, somebody else's, or put off."""
        asked = (due.delivery, due.attempt)

        async def work(tx: PostgresTransaction) -> Attempt | None:
            told = await tx.fetchrow(SUBSCRIPTION_OF, due.delivery, AT_ONCE)
            if told is None:
                return None
            if not told["active"]:
                await tx.execute(DROP_IT, due.delivery, now)
                return None
            room = 0 if told["pausing"] else told["room"]
            if await tx.execute(HOLD_IT, *asked, HOLD, told["id"], room) == "UPDATE 0":
                await tx.execute(PUT_OFF, *asked, AGAIN)
                return None
            return Attempt(
                delivery=due.delivery,
                subscription=told["id"],
                url=told["url"],
                number=due.attempt,
            )

        return await self.database.write(work)

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

    async def purge_deliveries(self, now: datetime) -> None:
        """Forget what was settled a month ago, and drop what waits for nobody any more."""
        await self.database.execute(LEFT, now, PURGED)
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


async def drop(tx: PostgresTransaction, subscription: str, at: datetime) -> None:
    while await tx.execute(DROP, subscription, at) != "UPDATE 0":
        pass
