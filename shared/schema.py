"""Whether a service's database has the schema that its code asks for."""

from pathlib import Path
from typing import Any

from shared.databases.database import Database
from shared.databases.migrations import OWN
from shared.errors import Unavailable

# Somebody has to migrate or deploy meanwhile.
_RETRY_SECONDS = 5


class Schema:
    """The files that the code brings, held against those that the database has seen.

    Once they are the same, that is not asked again, until a call has met an unexpected error.
    """

    def __init__(self, service: str, database: Database[Any], folder: Path) -> None:
        self.current = False
        self._service = service
        self._database = database
        # As they are when the code is loaded: a process may go on after newer files have come.
        self._needed = sorted(path.name for path in folder.glob("[0-9]*_*"))

    async def check(self, function: str) -> None:
        """Raise Unavailable, with who is behind and the remedy, unless they are the same."""
        needed = self._needed
        applied = [name for name in await self._database.applied() if not name.startswith(OWN)]
        if set(needed) - set(applied):
            raise Unavailable(
                f"the {self._service} database {_at(applied)}, {function} needs"
                f" {needed[-1][:4]}: invoke {self._service}-migrate",
                _RETRY_SECONDS,
            )
        if set(applied) - set(needed):
            raise Unavailable(
                f"the {self._service} database {_at(applied)}, {function} knows"
                f" {needed[-1][:4] if needed else 'none'}: deploy {function} anew",
                _RETRY_SECONDS,
            )
        self.current = True


def _at(applied: list[str]) -> str:
    return f"is at schema {max(applied)[:4]}" if applied else "has no schema"
