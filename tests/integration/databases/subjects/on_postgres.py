"""The suite's PostgreSQL."""

from typing import Any
from urllib.parse import urlsplit

import asyncpg

from shared.databases.postgres import Postgres, PostgresTransaction
from tests.integration.databases.proxy import Proxy, through
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
    broken = more + "; SELECT nope;"
    breaks_with = 'column "nope" does not exist'
    commit = b"COMMIT\0"
    constraint = "things_name"

    def __init__(self, admin: str, name: str) -> None:
        self._admin = admin
        self._name = name
        self._url = urlsplit(admin)._replace(path=f"/{name}").geturl()
        self._opened: list[Postgres] = []

    async def create(self) -> None:
        await self._administer(f'CREATE DATABASE "{self._name}"')
        # By default a second, which is near the patience of a statement.
        await self._administer(
            f"ALTER DATABASE \"{self._name}\" SET deadlock_timeout = '100ms'"
        )

    async def drop(self) -> None:
        for database in self._opened:
            await database.close()
        await self._administer(f'DROP DATABASE "{self._name}" WITH (FORCE)')

    def open(self, proxy: Proxy | None = None) -> Postgres:
        url = through(proxy, self._url) if proxy else self._url
        self._opened.append(Postgres(url))
        return self._opened[-1]

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
        connection = await asyncpg.connect(self._url)
        rows = await connection.fetch(f"SELECT * FROM {table}")
        await connection.close()
        return [dict(row) for row in rows]

    async def age(self, table: str, column: str, seconds: float) -> None:
        connection = await asyncpg.connect(self._url)
        await connection.execute(
            f"UPDATE {table} SET {column} = {column} - make_interval(secs => $1)", seconds
        )
        await connection.close()

    async def _administer(self, sql: str) -> None:
        connection = await asyncpg.connect(self._admin)
        await connection.execute(sql)
        await connection.close()
