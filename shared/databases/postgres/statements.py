"""The five ways to run a statement on PostgreSQL, in a transaction and outside of one."""

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


class Statements:
    """Statements with `$1` parameters; a row is a mapping of its columns."""

    async def execute(self, sql: str, *args: object) -> str:
        """Run a statement and give the server's tag, like `UPDATE 1`."""
        tag: str = await self._run("execute", sql, *args)
        return tag

    async def executemany(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement once for each row of parameters, all in one exchange."""
        await self._run("executemany", sql, rows)

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        return [dict(row) for row in await self._run("fetch", sql, *args)]

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        row = await self._run("fetchrow", sql, *args)
        return None if row is None else dict(row)

    async def fetchval(self, sql: str, *args: object) -> Any:
        return await self._run("fetchval", sql, *args)

    async def _run(self, call: str, sql: str, *args: object) -> Any:
        """Run it by the driver's method `call`."""
        raise NotImplementedError
