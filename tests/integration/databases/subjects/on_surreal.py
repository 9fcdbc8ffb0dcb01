"""The suite's SurrealDB."""

from typing import Any
from urllib.parse import parse_qs

from surrealdb import AsyncSurreal

from shared.databases.surreal import Surreal, SurrealTransaction
from tests.integration.databases.subjects.subject import Subject


class OnSurreal(Subject):
    kind = "SurrealDB"
    suffix = ".surql"
    things = (
        "DEFINE TABLE things SCHEMALESS; -- one; two\n"
        "DEFINE INDEX things_name ON things FIELDS name UNIQUE;\n"
    )
    more = "DEFINE FIELD note ON things TYPE string DEFAULT 'a;b'"
    slow = "SLEEP 2500ms;"
    broken = more + "; THROW 'nope';"
    breaks_with = "nope"
    commit = b""  # whatever comes after work: a websocket masks what it says
    idle = "shared.databases.surreal.connection._IDLE"
    constraint = "things_name"

    @property
    def url(self) -> str:
        return self.admin._replace(query=f"namespace=suite&database={self.name}").geturl()

    def make(self, url: str) -> Surreal:
        return Surreal(url)

    async def create(self) -> None:
        await self._administer("DEFINE NAMESPACE IF NOT EXISTS suite; USE NS suite;")

    async def drop(self) -> None:
        await self._administer(f"USE NS suite; REMOVE DATABASE {self.name};")

    async def add(self, tx: SurrealTransaction, thing: str, by: int = 1) -> int:
        found = await tx.read("RETURN type::record('things', $thing).number ?? 0", thing=thing)
        tx.guard(
            "(type::record('things', $thing).number ?? 0) = $found", thing=thing, found=found
        )
        tx.add(
            "UPSERT type::record('things', $thing) SET name = $thing, number = $number",
            thing=thing,
            number=found + by,
        )
        return int(found) + by

    async def insert(self, tx: SurrealTransaction, thing: str) -> None:
        tx.add("CREATE things SET name = $thing, number = 0", thing=thing)

    async def number(self, database: Surreal, thing: str) -> int | None:
        [found] = await database.query(
            "SELECT VALUE number FROM things WHERE name = $thing", thing=thing
        )
        return int(found[0]) if found else None

    async def columns(self, table: str) -> list[dict[str, Any]]:
        rows = await self._administer(
            f"USE NS suite DB {self.name}; SELECT *, record::id(id) AS key FROM {table};"
        )
        return list(rows)

    async def age(self, table: str, column: str, seconds: float) -> None:
        await self._administer(
            f"USE NS suite DB {self.name}; UPDATE {table} SET {column} = "
            f"IF {column} = NONE {{ NONE }} ELSE {{ {column} - {round(seconds * 1000)}ms }};"
        )

    async def _administer(self, surql: str) -> Any:
        parts = self.admin
        options = parse_qs(parts.query)
        async with AsyncSurreal(f"ws://{parts.hostname}:{parts.port}") as client:
            await client.signin(
                {"username": parts.username or "", "password": parts.password or ""}
            )
            await client.use(options["namespace"][0], options["database"][0])
            reply = await client.query_raw(surql)
        assert all(result["status"] == "OK" for result in reply["result"]), reply
        return reply["result"][-1]["result"]
