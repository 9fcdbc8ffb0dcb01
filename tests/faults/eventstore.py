"""What the event service holds after a trial, read past it."""

import asyncio
from typing import Any

import asyncpg

from tests.conftest import Installation


def ask(url: str, sql: str, *arguments: object) -> list[Any]:
    """Ask a PostgreSQL database."""
    return asyncio.run(_rows(url, sql, *arguments))


class EventStore:
    """What the event service holds of one run, whose aggregates begin with `prefix`."""

    def __init__(self, installation: Installation, prefix: str) -> None:
        self.url = f"{installation.admin['postgres'].rsplit('/', 1)[0]}/event"
        self.prefix = prefix
        self.like = f"{prefix}%"

    def stored(self) -> list[tuple[str, str]]:
        """Subject and id of every event of the run, as often as it is there."""
        rows = self._ask("SELECT subject, id FROM events WHERE subject LIKE $1", self.like)
        return [(row[0], row[1]) for row in rows]

    def count(self) -> int:
        """How many events of the run there are."""
        sql = "SELECT count(*) FROM events WHERE subject LIKE $1"
        return int(self._ask(sql, self.like)[0][0])

    def size(self) -> int:
        sql = "SELECT coalesce(sum(events), 0) FROM event_tallies WHERE type LIKE 'custom.%'"
        return int(self._ask(sql)[0][0])

    def apart(self) -> int:
        """Events of the run that claimed another's revision."""
        sql = "SELECT count(*) FROM event_conflicts WHERE subject LIKE $1"
        return int(self._ask(sql, self.like)[0][0])

    def gaps(self) -> int:
        """Sequences that were never given, of the whole log."""
        sql = "SELECT coalesce(max(sequence) - min(sequence) + 1 - count(*), 0) FROM events"
        return int(self._ask(sql)[0][0])

    def dead(self) -> list[tuple[str, str, str]]:
        """Function, event and reason of each dead letter of the run."""
        sql = (
            "SELECT function, event_id, reason FROM dead_letters"
            " WHERE position(convert_to($1, 'UTF8') IN body) > 0"
        )
        return [(row[0], row[1], row[2]) for row in self._ask(sql, self.prefix)]

    def _ask(self, sql: str, *arguments: object) -> list[Any]:
        return ask(self.url, sql, *arguments)


async def _rows(url: str, sql: str, *arguments: object) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql, *arguments))
    finally:
        await connection.close()
