"""Counts in MySQL."""

from collections import Counter
from collections.abc import Callable, Sequence

from shared.databases.mysql import MySQL, MySQLTransaction
from shared.events import Event
from shared.settings import Settings

NEXT = "INSERT INTO aggregates VALUES (%s, 1) ON DUPLICATE KEY UPDATE revision = revision + 1"
NOW_AT = "SELECT revision FROM aggregates WHERE id = %s FOR UPDATE"
COUNT = "INSERT INTO counters VALUES {} ON DUPLICATE KEY UPDATE n = n + VALUES(n)"
NOTE = "INSERT INTO effects (event) VALUES {}"


class Store:
    def __init__(self, database: MySQL) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(MySQL(settings.secret("tally-mysql-url")))

    async def commit(
        self, aggregates: Sequence[str], announce: Callable[[str, int], Event]
    ) -> list[str]:
        async def work(tx: MySQLTransaction) -> list[str]:
            for aggregate in aggregates:
                await tx.execute(NEXT, [aggregate])
                row = await tx.fetchrow(NOW_AT, [aggregate])
                assert row is not None
                tx.publish(announce(aggregate, row["revision"]))
            return [event.id for event in tx.events]

        return await self.database.write(work)

    async def count(self, events: Sequence[Event]) -> None:
        async def work(tx: MySQLTransaction) -> None:
            by = sorted(Counter(event.subject for event in events).items())
            marks = ", ".join(["(%s, %s)"] * len(by))
            await tx.execute(COUNT.format(marks), [value for pair in by for value in pair])
            marks = ", ".join(["(%s)"] * len(events))
            await tx.execute(NOTE.format(marks), [event.id for event in events])

        await self.database.write(work)
