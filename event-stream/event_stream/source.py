"""The log as the feed reads it: the event service's store, on connections of its own."""

from collections.abc import Callable

from functions.event.model import Slice, StoredEvent
from functions.event.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from shared.objects import Bucket
from shared.schema import Schema

NAME = "the event stream"


class Source:
    def __init__(self, url: str, bucket: Bucket | None) -> None:
        # The reader, and those who come close: none of them waits for an administrator's query.
        self._store = Store(Postgres(url, pool_max=3), bucket)
        self._schema = Schema("event", self._store.database, SCHEMA)

    async def check(self) -> None:
        await self._schema.check(NAME)

    async def last(self) -> int:
        return await self._store.last()

    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        return await self._store.following(part, after, limit)

    async def growth(self, heard: Callable[[], None]) -> None:
        await self._store.growth(heard)

    async def close(self) -> None:
        await self._store.database.close()
