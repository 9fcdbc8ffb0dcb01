"""The ways to run a statement on MySQL, in a transaction and outside of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
Arguments = Sequence[object] | Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Result:
    """What a statement gave: its rows, and how many it found or changed."""

    rows: list[Row]
    count: int


class Statements:
    """Statements with `%s` or `%(name)s` parameters; times go in and come out aware, in UTC."""

    async def execute(self, sql: str, args: Arguments = ()) -> int:
        """Run a statement and give how many rows it found, changed or not."""
        return (await self._run(sql, args)).count

    async def fetch(self, sql: str, args: Arguments = ()) -> list[Row]:
        return (await self._run(sql, args)).rows

    async def fetchrow(self, sql: str, args: Arguments = ()) -> Row | None:
        rows = (await self._run(sql, args)).rows
        return rows[0] if rows else None

    async def _run(self, sql: str, args: Arguments) -> Result:
        raise NotImplementedError
