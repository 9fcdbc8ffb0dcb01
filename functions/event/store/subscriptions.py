"""Subscriptions, as administrators make, see and end them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from functions.event.model import Delivery, Subscription
from functions.event.store.deliveries import ACTIVES, Deliveries, drop
from functions.event.store.rows import next_of, place_of
from functions.event.store.writes import RECORD
from shared.databases.postgres import PostgresTransaction, Row
from shared.errors import NotFound, Unavailable
from shared.pages import Page

T = TypeVar("T")

SUBSCRIBE = """
    INSERT INTO subscriptions (id, type, url, created_by, created_at)
    VALUES ($1, $2, $3, $4, $5)
"""
# However much waits for a callback that is away for days, the list of them is shown at once.
WAITING = """(SELECT count(*) FROM (
    SELECT FROM deliveries WHERE subscription_id = subscriptions.id AND state = 'waiting'
    LIMIT 10001) AS counted)"""
SUBSCRIPTIONS = f"""
    SELECT *, {WAITING} AS waiting
    FROM subscriptions WHERE state <> 'removed' AND (created_at, id) < ($1, $2)
    ORDER BY created_at DESC, id DESC LIMIT $3
"""  # noqa: S608 - a condition of ours
DELIVERIES = """
    SELECT * FROM deliveries WHERE subscription_id = $1 AND (created_at, id) < ($2, $3)
    ORDER BY created_at DESC, id DESC LIMIT $4
"""
SUBSCRIPTION = f"""
    SELECT *, {WAITING} AS waiting
    FROM subscriptions WHERE id = $1 AND state <> 'removed'
"""  # noqa: S608 - a condition of ours
ENABLE = """
    UPDATE subscriptions SET state = 'active', failing_since = NULL
    WHERE id = $1 AND state = 'disabled'
"""
REMOVE = """
    UPDATE subscriptions SET state = 'removed', last_error = ''
    WHERE id = $1 AND state <> 'removed'
"""


class Subscriptions(Deliveries):
    async def subscribe(self, made: Subscription, why: str) -> Subscription:
        async def work(tx: PostgresTransaction) -> Subscription:
            by, at = made.created_by, made.created_at
            await tx.execute(SUBSCRIBE, made.id, made.type, made.url, by, at)
            await tx.execute(RECORD, at, by, "subscription made", [made.id], why)
            return made

        return await self._changing(work)

    async def unsubscribe(self, subscription: str, by: str, at: datetime, why: str) -> None:
        async def work(tx: PostgresTransaction) -> None:
            if await tx.execute(REMOVE, subscription) == "UPDATE 0":
                raise NotFound(f"no subscription has the id {subscription}")
            await drop(tx, subscription, at)
            await tx.execute(RECORD, at, by, "subscription removed", [subscription], why)

        await self._changing(work)

    async def enable(self, subscription: str, by: str, at: datetime, why: str) -> Subscription:
        """Let a disabled subscription begin anew; one that is active stays as it is."""

        async def work(tx: PostgresTransaction) -> Subscription:
            changed = await tx.execute(ENABLE, subscription) == "UPDATE 1"
            if changed and not await drop(tx, subscription, at):
                raise Unavailable("what waited for the subscription is still being dropped", 60)
            made = _found(await tx.fetchrow(SUBSCRIPTION, subscription), subscription)
            if changed:
                await tx.execute(RECORD, at, by, "subscription enabled", [subscription], why)
            return made

        return await self._changing(work)

    async def subscription(self, subscription: str) -> Subscription:
        return _found(await self.database.fetchrow(SUBSCRIPTION, subscription), subscription)

    async def subscriptions(self, cursor: str | None, limit: int) -> Page[Subscription]:
        """List subscriptions, the latest first."""
        rows = await self.database.fetch(SUBSCRIPTIONS, *place_of(cursor), limit + 1)
        return Page(
            [_subscription_of(row) for row in rows[:limit]], next_of(rows, limit, "created_at")
        )

    async def deliveries(
        self, subscription: str, cursor: str | None, limit: int
    ) -> Page[Delivery]:
        """List what a subscription was or will be told, the latest first."""
        place = place_of(cursor)
        rows = await self.database.fetch(DELIVERIES, subscription, *place, limit + 1)
        made = [Delivery(**{n: row[n] for n in Delivery.__slots__}) for row in rows[:limit]]
        return Page(made, next_of(rows, limit, "created_at"))

    async def _changing(self, work: Callable[[PostgresTransaction], Awaitable[T]]) -> T:
        """Write what changes who is active."""
        done = await self.database.write(work)
        await self.cache.forget(ACTIVES)
        return done


def _found(row: Row | None, subscription: str) -> Subscription:
    if row is None:
        raise NotFound(f"no subscription has the id {subscription}")
    return _subscription_of(row)


def _subscription_of(row: Row) -> Subscription:
    return Subscription(**{name: row[name] for name in Subscription.__slots__})
