"""Counts in PostgreSQL."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event
from shared.settings import Settings

NEXT = """
INSERT INTO aggregates VALUES ($1, 1)
ON CONFLICT (id) DO UPDATE SET revision = aggregates.revision + 1 RETURNING revision
"""
COUNT = """
INSERT INTO counters SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (subject) DO UPDATE SET n = counters.n + excluded.n
"""
# By hand, outside of any transaction: a call that fails leaves its mark all the same.
TRY = """
INSERT INTO tries SELECT event, $2 FROM unnest($1::text[]) AS event
ON CONFLICT (event) DO UPDATE SET first = tries.first RETURNING event, first
"""
NOTE = "INSERT INTO effects (event) SELECT * FROM unnest($1::text[])"


class Store:
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("tally-postgres-url")))

    async def commit(
        self, aggregates: Sequence[str], announce: Callable[[str, int], Event]
    ) -> list[str]:
        async def work(tx: PostgresTransaction) -> list[str]:
            for aggregate in aggregates:
                tx.publish(announce(aggregate, await tx.fetchval(NEXT, aggregate)))
            return [event.id for event in tx.events]

        return await self.database.write(work)

    async def first_of_flaky(self, events: Sequence[Event], call: datetime) -> list[str]:
        """Note which call is the first with an event of odd revision; give those of this one.

        The handler of a batch may run again in the same call.
        """
        flaky = [event.id for event in events if (event.revision or 0) % 2]
        rows = await self.database.fetch(TRY, flaky, call)
        return [row["event"] for row in rows if row["first"] == call]

    async def count(self, events: Sequence[Event]) -> None:
        async def work(tx: PostgresTransaction) -> None:
            by = sorted(Counter(event.subject for event in events).items())
            await tx.execute(COUNT, [subject for subject, _ in by], [n for _, n in by])
            await tx.execute(NOTE, [event.id for event in events])

        await self.database.write(work)
