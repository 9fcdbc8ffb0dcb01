"""Whose turn it is: no callback takes the time that all others wait for."""

import asyncio
from datetime import datetime
from typing import Final

from functions.event.model import Attempt, Due
from shared.databases.postgres import Postgres, PostgresTransaction

# A message about a delivery that is not heard of for so long is sent again.
SILENCE = 900
# Longer than an attempt takes: so long nobody else makes it.
HOLD = 30
# Attempts of one subscription at a time: a fifth of the places of the queue, and with each that
# took less than a second one more, up to these. A callback that hangs holds no more of them.
AT_ONCE = 4
MOST = 12
QUICK = 1
# Who is known to be quick has room again in a moment. What finds none comes again so many
# seconds later.
MOMENTS = (0.02, 0.05, 0.1, 0.2)
AGAIN = 2.0
# What the relay tells of at once: of one subscription, and of all. Whoever has no room is told
# of no more than would fill it.
SHARE = 100
DUE_AT_ONCE = 500
# Whoever is told so may ask again at once.
CROWDED: Final = True

# A single failure says little. Who has failed for a while, as each has that hangs, is tried by
# one delivery at a time, after pauses of a fifth of that while, and of a minute at most; all
# others wait for the relay to tell of them.
FAILING = "coalesce(failing_since < statement_timestamp() - interval '5 seconds', false)"
PAUSING = f"""({FAILING} AND last_tried_at > statement_timestamp()
    - least(interval '60 seconds', (statement_timestamp() - failing_since) / 5))"""
HELD = """(SELECT count(*) FROM deliveries AS other WHERE other.subscription_id = {}
    AND other.state = 'waiting' AND other.held_until > '-infinity'
    AND other.held_until > clock_timestamp())"""
# An index is walked up to a time that stays the same for the statement, which
# clock_timestamp() does not; in transactions, now() would be older than the statement.
DUE = f"""
    WITH turn AS (
        SELECT id, CASE
            WHEN {PAUSING} THEN 0
            WHEN {FAILING} THEN greatest(0, 1 - {HELD.format("subscriptions.id")})
            WHEN {HELD.format("subscriptions.id")} >= room THEN room
            ELSE $2::int END AS share
        FROM subscriptions WHERE state = 'active'
    )
    UPDATE deliveries SET next_at = clock_timestamp() + make_interval(secs => $1)
    WHERE id IN (
        SELECT one.id FROM turn CROSS JOIN LATERAL (
            SELECT id, next_at FROM deliveries
            WHERE subscription_id = turn.id AND state = 'waiting'
                AND next_at <= statement_timestamp()
            ORDER BY next_at LIMIT turn.share FOR UPDATE SKIP LOCKED
        ) AS one ORDER BY one.next_at LIMIT $3)
    RETURNING id, attempts + 1 AS attempt
"""  # noqa: S608 - conditions of ours
# Whoever asks for room holds the subscription, so that no two take the last place.
SUBSCRIPTION_OF = f"""
    SELECT id, url, state = 'active' AS active, {PAUSING} AS pausing,
        room > $2 AS quick, CASE WHEN {FAILING} THEN 1 ELSE room END AS room
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


class Shares:
    database: Postgres

    async def due(self) -> list[Due]:
        """Give deliveries whose time has come, or of whose message nothing was heard."""
        rows = await self.database.fetch(DUE, SILENCE, SHARE, DUE_AT_ONCE)
        return [Due(row["id"], row["attempt"]) for row in rows]

    async def attempt(self, due: Due, now: datetime) -> Attempt | None:
        """Take a delivery to try it, unless that is settled, somebody else's, or put off."""

        async def work(tx: PostgresTransaction) -> Attempt | bool:
            return await _take(tx, due, now)

        for moment in MOMENTS:
            taken = await self.database.write(work)
            if taken is not CROWDED:
                break
            await asyncio.sleep(moment)
        return taken if isinstance(taken, Attempt) else None


async def _take(tx: PostgresTransaction, due: Due, now: datetime) -> Attempt | bool:
    told = await tx.fetchrow(SUBSCRIPTION_OF, due.delivery, AT_ONCE)
    if told is None:
        return False
    if not told["active"]:
        await tx.execute(DROP_IT, due.delivery, now)
        return False
    asked, room = (due.delivery, due.attempt), 0 if told["pausing"] else told["room"]
    if await tx.execute(HOLD_IT, *asked, HOLD, told["id"], room) == "UPDATE 0":
        put_off = await tx.execute(PUT_OFF, *asked, AGAIN) == "UPDATE 1"
        return CROWDED if put_off and told["quick"] else False
    return Attempt(
        delivery=due.delivery,
        subscription=told["id"],
        url=told["url"],
        number=due.attempt,
    )
