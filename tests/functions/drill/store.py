"""Notes in PostgreSQL."""

from collections.abc import Sequence

from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event
from shared.settings import Settings

NOTE = """
INSERT INTO arrivals (function, event, subject, revision, attempt)
SELECT $1, event, subject, revision, $5
FROM unnest($2::text[], $3::text[], $4::bigint[]) AS arrived(event, subject, revision)
"""


class Store:
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("drill-database-url")))

    async def commit(self, event: Event) -> None:
        async def work(tx: PostgresTransaction) -> None:
            tx.publish(event)
            await tx.execute("INSERT INTO commits (event) VALUES ($1)", event.id)

        await self.database.write(work)

    async def note(self, function: str, events: Sequence[Event], attempt: int) -> None:
        async def work(tx: PostgresTransaction) -> None:
            columns = zip(*((e.id, e.subject, e.revision) for e in events), strict=True)
            await tx.execute(NOTE, function, *map(list, columns), attempt)

        await self.database.write(work)
