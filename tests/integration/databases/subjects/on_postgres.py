"""The suite's PostgreSQL."""

from typing import Any

import asyncpg

from shared.databases.postgres import Postgres, PostgresTransaction
from tests.integration.databases.subjects.subject import Subject


class OnPostgres(Subject):
    kind = "PostgreSQL"
    suffix = ".sql"
    things = (
        "CREATE TABLE things (\n"
        "  name text CONSTRAINT things_name PRIMARY KEY, number bigint NOT NULL);\n"
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$; -- a; b\n"
    )
    more = "ALTER TABLE things ADD COLUMN note text NOT NULL DEFAULT 'a;b'"
    slow = "SELECT pg_sleep(2.5);"
    broken = more + "; SELECT nope;"
    breaks_with = 'column "nope" does not exist'
    commit = b"COMMIT\0"
    idle = "shared.databases.postgres.connection._IDLE"
    unstorable = (*Subject.unstorable, "a\0b")
    constraint = "things_name"

    @property
    def url(self) -> str:
        return self.admin._replace(path=f"/{self.name}").geturl()

    def make(self, url: str) -> Postgres:
        return Postgres(url)

    async def create(self) -> None:
        await self._administer(f'CREATE DATABASE "{self.name}"')
        # By default a second, which is near the patience of a statement.
        await self._administer(f"ALTER DATABASE \"{self.name}\" SET deadlock_timeout = '100ms'")

    async def drop(self) -> None:
        await self._administer(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    async def add(self, tx: PostgresTransaction, thing: str, by: int = 1) -> int:
        await tx.execute("INSERT INTO things VALUES ($1, 0) ON CONFLICT DO NOTHING", thing)
        found = await tx.fetchval("SELECT number FROM things WHERE name = $1 FOR UPDATE", thing)
        number: int = found + by
        await tx.execute("UPDATE things SET number = $2 WHERE name = $1", thing, number)
        return number

    async def insert(self, tx: PostgresTransaction, thing: str) -> None:
        await tx.execute("INSERT INTO things VALUES ($1, 0)", thing)

    async def number(self, database: Postgres, thing: str) -> int | None:
        number: int | None = await database.fetchval(
            "SELECT number FROM things WHERE name = $1", thing
        )
        return number

    async def columns(self, table: str) -> list[dict[str, Any]]:
        connection = await asyncpg.connect(self.url)
        rows = await connection.fetch(f"SELECT * FROM {table}")
        await connection.close()
        return [dict(row) for row in rows]

    async def age(self, table: str, column: str, seconds: float) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.execute(
            f"UPDATE {table} SET {column} = {column} - make_interval(secs => $1)", seconds
        )
        await connection.close()

    async def _administer(self, sql: str) -> None:
        connection = await asyncpg.connect(self.admin.geturl())
        await connection.execute(sql)
        await connection.close()
