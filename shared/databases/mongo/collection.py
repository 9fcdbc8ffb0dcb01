"""A collection as stores use it: the driver's operations, with our errors."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorClientSession,
    AsyncIOMotorCollection,
)

from shared.databases.attempts import repeat
from shared.databases.mongo.connection import Connection

Document = dict[str, Any]
Filter = Mapping[str, Any]
Update = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Collection:
    """Operations take what the driver's take, and run in the transaction they came from.

    Outside of a transaction an operation may run twice when its connection breaks.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        session: AsyncIOMotorClientSession | None = None,
    ) -> None:
        self._connection = connection
        self._name = name
        self._session = session

    async def find_one(
        self, where: Filter | None = None, *args: Any, **options: Any
    ) -> Document | None:
        found: Document | None = await self._run("find_one", where, *args, **options)
        return found

    def find(self, where: Filter | None = None, *args: Any, **options: Any) -> "Found":
        """Describe a search; `to_list` runs it."""
        return Found(self, where, args, options)

    async def aggregate(self, pipeline: Sequence[Filter], **options: Any) -> list[Document]:
        async def run(collection: AsyncIOMotorCollection[Document]) -> list[Document]:
            return await collection.aggregate(pipeline, **self._with(options)).to_list(None)

        found: list[Document] = await self.run(run)
        return found

    async def count_documents(self, where: Filter, **options: Any) -> int:
        count: int = await self._run("count_documents", where, **options)
        return count

    async def insert_one(self, document: Document, **options: Any) -> Any:
        return await self._run("insert_one", document, **options)

    async def insert_many(self, documents: Sequence[Document], **options: Any) -> Any:
        return await self._run("insert_many", documents, **options)

    async def update_one(self, where: Filter, update: Update, **options: Any) -> Any:
        return await self._run("update_one", where, update, **options)

    async def update_many(self, where: Filter, update: Update, **options: Any) -> Any:
        return await self._run("update_many", where, update, **options)

    async def replace_one(self, where: Filter, document: Document, **options: Any) -> Any:
        return await self._run("replace_one", where, document, **options)

    async def find_one_and_update(
        self, where: Filter, update: Update, **options: Any
    ) -> Document | None:
        found: Document | None = await self._run(
            "find_one_and_update", where, update, **options
        )
        return found

    async def delete_one(self, where: Filter, **options: Any) -> Any:
        return await self._run("delete_one", where, **options)

    async def delete_many(self, where: Filter, **options: Any) -> Any:
        return await self._run("delete_many", where, **options)

    async def bulk_write(self, operations: Sequence[Any], **options: Any) -> Any:
        return await self._run("bulk_write", operations, **options)

    async def run(
        self, operation: Callable[[AsyncIOMotorCollection[Document]], Awaitable[Any]]
    ) -> Any:
        """Run an operation on the driver's own collection."""

        async def on_client(client: AsyncIOMotorClient[Document]) -> Any:
            return await operation(client.get_default_database()[self._name])

        if self._session is not None:
            return await self._connection.run(on_client)
        return await repeat("MongoDB", lambda: self._connection.run(on_client))

    async def _run(self, method: str, *args: Any, **options: Any) -> Any:
        options = self._with(options)
        return await self.run(lambda collection: getattr(collection, method)(*args, **options))

    def _with(self, options: dict[str, Any]) -> dict[str, Any]:
        return options if self._session is None else {"session": self._session, **options}


class Found:
    """A search that has not run yet."""

    def __init__(
        self,
        collection: Collection,
        where: Filter | None,
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> None:
        self._collection = collection
        self._where = where
        self._args = args
        self._options = options

    def sort(self, key: Any, direction: int = 1) -> "Found":
        order = [(key, direction)] if isinstance(key, str) else key
        return self._and(sort=order)

    def limit(self, limit: int) -> "Found":
        return self._and(limit=limit)

    def skip(self, skip: int) -> "Found":
        return self._and(skip=skip)

    async def to_list(self, length: int | None = None) -> list[Document]:
        """Run it and give at most `length` documents."""
        options = self._collection._with(self._options)  # noqa: SLF001 - the two are one

        async def run(collection: AsyncIOMotorCollection[Document]) -> list[Document]:
            return await collection.find(self._where, *self._args, **options).to_list(length)

        found: list[Document] = await self._collection.run(run)
        return found

    def _and(self, **options: Any) -> "Found":
        return Found(self._collection, self._where, self._args, {**self._options, **options})
