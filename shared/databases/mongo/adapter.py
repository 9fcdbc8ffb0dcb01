"""A service's database on MongoDB: collections, transactions and migrations."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from motor.motor_asyncio import AsyncIOMotorClientSession
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.databases.attempts import Committed, Undecided, decide
from shared.databases.database import Transaction
from shared.databases.mongo.collection import Collection
from shared.databases.mongo.connection import Connection, told
from shared.databases.mongo.ledger import MongoLedger, append, forget, record
from shared.databases.mongo.migrating import applied, migrate
from shared.databases.patience import ANSWER_PATIENCE
from shared.errors import Unavailable

T = TypeVar("T")


class MongoTransaction(Transaction):
    """Collections whose operations belong to one transaction, which sees one snapshot."""

    def __init__(self, connection: Connection, session: AsyncIOMotorClientSession) -> None:
        super().__init__()
        self.session = session
        self._connection = connection

    def collection(self, name: str) -> Collection:
        return Collection(self._connection, name, self.session)


class Mongo:
    """One service's own database on MongoDB; the URL's path names it."""

    def __init__(self, url: str, *, pool_max: int = 2) -> None:
        self._connection = Connection(url, pool_max)
        self.ledger = MongoLedger(self.collection)

    def collection(self, name: str) -> Collection:
        return Collection(self._connection, name)

    async def write(self, work: Callable[[MongoTransaction], Awaitable[T]]) -> T:
        return await decide("MongoDB", lambda keys: self._attempt(work, keys))

    async def applied(self) -> list[str]:
        return await applied(self._connection)

    async def migrate(self, folder: Path) -> list[str]:
        return await migrate(self._connection, self.ledger, folder)

    async def close(self) -> None:
        await self._connection.close()

    async def _attempt(
        self, work: Callable[[MongoTransaction], Awaitable[T]], keys: Sequence[str]
    ) -> Committed[T]:
        with self._connection.kept_open():
            session = await self._connection.run(
                lambda client: client.start_session(), asks=False
            )
            try:
                tx = MongoTransaction(self._connection, session)
                async with _undoing(session):
                    if keys:
                        await record(tx.collection, keys)
                    result = await work(tx)
                    if keys and tx.follows:
                        await forget(tx.collection, keys)
                    await append(tx.collection, tx.events)
                done = Committed.of(tx, result, keys)
                await self._commit(session, done)
            except Unavailable:
                # The driver may still be at it, and the server has to hear of the end when it
                # is back: what the transaction has written is locked until then.
                self._connection.afterwards(session.end_session)
                raise
            except BaseException:
                await session.end_session()
                raise
            await session.end_session()
            return done

    async def _commit(self, session: AsyncIOMotorClientSession, done: Committed[Any]) -> None:
        """Commit, and commit again while the driver says that the outcome is unknown."""
        until = monotonic() + ANSWER_PATIENCE
        while True:
            try:
                await self._connection.run(lambda _: _committed(session))
            except _Unknown as error:
                if monotonic() > until:
                    raise Undecided(done) from error
            else:
                return


@asynccontextmanager
async def _undoing(session: AsyncIOMotorClientSession) -> AsyncIterator[None]:
    """Begin a transaction, and abort it when it does not come to its end."""
    session.start_transaction(
        read_concern=ReadConcern("snapshot"),
        write_concern=WriteConcern("majority"),
        max_commit_time_ms=int(ANSWER_PATIENCE * 1000),
    )
    try:
        yield
    except Unavailable:
        raise  # nothing is said to a server that is silent
    except BaseException:
        with suppress(PyMongoError):
            await session.abort_transaction()
        raise


class _Unknown(Exception):
    """Whether the commit happened is not known; asking for it again is safe."""


async def _committed(session: AsyncIOMotorClientSession) -> None:
    try:
        await session.commit_transaction()
    except PyMongoError as error:
        if error.has_error_label("UnknownTransactionCommitResult"):
            raise _Unknown from error
        raise told(error) from error
