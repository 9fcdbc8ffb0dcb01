"""One database of its own for each test, on the real server, seen from outside and inside."""

import inspect
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from shared.databases.database import Database
from tests.integration.databases.proxy import Proxy, through


class Subject(ABC):
    """What the suite needs to know of an adapter, besides the protocol that it tests."""

    kind: ClassVar[str]  # as errors name it
    suffix: ClassVar[str]  # of migrations
    things: ClassVar[str]  # the migration that makes a table of things with a number
    more: ClassVar[str]  # another one, harmless
    slow: ClassVar[str] = ""  # one that takes longer than a call waits for an answer
    broken: ClassVar[str]  # the same, with a mistake after it
    breaks_with: ClassVar[str]  # what the server says of the mistake
    commit: ClassVar[bytes]  # what a commit looks like on the wire
    idle: ClassVar[str]  # where the adapter keeps how long a connection may idle
    unstorable: ClassVar[tuple[str, ...]] = ("\ud800",)  # names that no column takes
    constraint: ClassVar[str]  # what keeps the names of things unique

    def __init__(self, admin: str, name: str) -> None:
        self.admin = urlsplit(admin)
        self.name = name
        self._opened: list[Database[Any]] = []

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the test's own database is."""

    @abstractmethod
    async def create(self) -> None:
        """Make the database."""

    @abstractmethod
    async def drop(self) -> None:
        """Remove the database."""

    @abstractmethod
    def make(self, url: str) -> Database[Any]:
        """Give an adapter."""

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

    @property
    def own(self) -> list[str]:
        """What the adapter migrates before a service's own files."""
        folder = Path(inspect.getfile(type(self.make(self.url)))).parent / "schema"
        return sorted(path.name for path in folder.glob(f"0000_*{self.suffix}"))

    def open(self, proxy: Proxy | None = None, *, password: str | None = None) -> Any:
        """Give an adapter of its own, as another process would have; `close` closes it."""
        url = self.url if password is None else _with_password(self.url, password)
        self._opened.append(self.make(self.through(proxy, url) if proxy else url))
        return self._opened[-1]

    def through(self, proxy: Proxy, url: str) -> str:
        """Point a URL at the proxy."""
        return through(proxy, url)

    async def close(self) -> None:
        for database in self._opened:
            await database.close()

    async def count(self, table: str) -> int:
        return len(await self.columns(table))

    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "schema"
        folder.mkdir(exist_ok=True)
        (folder / f"0001_things{self.suffix}").write_text(self.things)
        return folder


def _with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}:{password}@{place}").geturl()
