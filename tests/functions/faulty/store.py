"""Counts effects in PostgreSQL; counting twice would show."""

from functions.faulty.model import Effect
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.settings import Settings


class Store:
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("faulty-database-url")))

    async def count(self, subject: str) -> None:
        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(
                "INSERT INTO effects VALUES ($1, 1)"
                " ON CONFLICT (subject) DO UPDATE SET times = effects.times + 1",
                subject,
            )

        await self.database.write(work)

    async def effects(self) -> list[Effect]:
        rows = await self.database.fetch("SELECT subject, times FROM effects ORDER BY subject")
        return [Effect(row["subject"], row["times"]) for row in rows]
