"""One database of its own for each test, on the real server, seen from outside and inside."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from shared.databases.database import Database
from tests.integration.databases.proxy import Proxy


class Subject(ABC):
    """What the suite needs to know of an adapter, besides the protocol that it tests."""

    kind: ClassVar[str]  # as errors name it
    suffix: ClassVar[str]  # of migrations
    things: ClassVar[str]  # the migration that makes a table of things with a number
    more: ClassVar[str]  # another one, harmless
    broken: ClassVar[str]  # the same, with a mistake after it
    breaks_with: ClassVar[str]  # what the server says of the mistake
    commit: ClassVar[bytes]  # what a commit looks like on the wire
    constraint: ClassVar[str]  # what keeps the names of things unique

    @abstractmethod
    async def create(self) -> None:
        """Make the database."""

    @abstractmethod
    async def drop(self) -> None:
        """Remove the database, and close what `open` gave."""

    @abstractmethod
    def open(self, proxy: Proxy | None = None) -> Database[Any]:
        """Give an adapter of its own, as another process would have."""

    @abstractmethod
    async def add(self, tx: Any, thing: str, by: int = 1) -> int:
        """Read a thing's number and write it back changed, the way a store does it."""

    @abstractmethod
    async def insert(self, tx: Any, thing: str) -> None:
        """Insert a thing; its name is unique."""

    @abstractmethod
    async def number(self, database: Any, thing: str) -> int | None:
        """Read a thing's number outside of a transaction, by the adapter."""

    @abstractmethod
    async def columns(self, table: str) -> list[dict[str, Any]]:
        """Give the rows of a table, seen from outside."""

    @abstractmethod
    async def age(self, table: str, column: str, seconds: float) -> None:
        """Move a time of every row into the past."""

    async def count(self, table: str) -> int:
        return len(await self.columns(table))

    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "schema"
        folder.mkdir(exist_ok=True)
        (folder / f"0001_things{self.suffix}").write_text(self.things)
        return folder
