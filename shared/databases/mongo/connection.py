"""A client of MongoDB that opens at first use, closes when idle, and speaks our errors."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import pymongo
from bson.errors import InvalidStringData
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DocumentTooLarge,
    ExecutionTimeout,
    NetworkTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from shared.databases.attempts import Conflicted
from shared.databases.database import Duplicate, unstorable
from shared.databases.patience import ANSWER_PATIENCE, CONNECT_PATIENCE, answered, left
from shared.errors import ConfigurationError, Unavailable
from shared.idle import Idle

T = TypeVar("T")
Client = AsyncIOMotorClient[dict[str, Any]]

_IDLE = 30.0
_DUPLICATE = 11000
_WRITE_CONFLICT = 112
_MISLED = 18
_SLOW = (NetworkTimeout, ExecutionTimeout, WTimeoutError)
_UNWRITABLE = (UnicodeError, OverflowError, InvalidStringData, DocumentTooLarge)
_SILENT = f"MongoDB did not answer within {ANSWER_PATIENCE:g} s"
_INDEX = re.compile(r"index: (\S+) dup key")


class Connection:
    """The driver's client with its pool and its watch over the servers, or none while idle."""

    def __init__(self, url: str, largest: int) -> None:
        self._url = url
        self._largest = largest
        self._client: Client | None = None
        self._idle = Idle(_IDLE, self._drop)
        self._overdue: set[asyncio.Future[Any]] = set()

    async def run(self, operation: Callable[[Client], Awaitable[T]], *, asks: bool = True) -> T:
        """Run one operation on the client, and see it through when the caller is cancelled.

        One that `asks` the server nothing says nothing of the server either.
        """
        with self.kept_open() as client:
            patience = left(ANSWER_PATIENCE)
            # The driver works in a thread that no cancellation reaches; a session that it still
            # uses must not be used by whoever tidies up.
            with pymongo.timeout(patience):
                task = asyncio.ensure_future(operation(client))
            try:
                await asyncio.wait([task], timeout=patience)
            except asyncio.CancelledError:
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()
                raise
            if not task.done():
                # Who looks for a server looks each half second, and looks once more at the end.
                self._leave(task)
                raise Unavailable(_SILENT)
            if asks and _spoke(task.exception()):
                answered()
            return _outcome(task)

    def afterwards(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, which nobody waits for, when no operation is overdue any more."""
        overdue = set(self._overdue)

        async def later() -> None:
            if overdue:
                await asyncio.wait(overdue)
            with suppress(PyMongoError), pymongo.timeout(ANSWER_PATIENCE):
                await work()

        self._leave(asyncio.ensure_future(later()))

    def _leave(self, task: asyncio.Future[Any]) -> None:
        self._overdue.add(task)
        task.add_done_callback(self._came)

    def _came(self, task: asyncio.Future[Any]) -> None:
        self._overdue.discard(task)
        if not task.cancelled():
            task.exception()  # it is too late to tell anybody

    @contextmanager
    def kept_open(self) -> Iterator[Client]:
        """Give the client; it is the same one until nobody has asked for it for a while."""
        with self._idle.busy():
            if self._client is None:
                self._client = self._make()
            yield self._client

    async def close(self) -> None:
        while self._overdue:
            await asyncio.wait(self._overdue)
        await self._idle.close()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            # It says goodbye to the server, and waits for that.
            await asyncio.to_thread(client.close)

    def _make(self) -> Client:
        return AsyncIOMotorClient(
            self._url,
            appname="fanfold",
            tz_aware=True,
            minPoolSize=0,
            maxPoolSize=self._largest,
            # One connection that watches the server, and not two.
            serverMonitoringMode="poll",
            serverSelectionTimeoutMS=int(CONNECT_PATIENCE * 1000),
            connectTimeoutMS=int(CONNECT_PATIENCE * 1000),
            waitQueueTimeoutMS=int(CONNECT_PATIENCE * 1000),
            # For an operation with the driver's own retry of it.
            timeoutMS=int(ANSWER_PATIENCE * 1000),
            maxIdleTimeMS=int(_IDLE * 1000),
            w="majority",
        )


def _spoke(error: BaseException | None) -> bool:
    """Whether it was the server that said this, and not the driver that heard nothing."""
    return error is None or isinstance(error, OperationFailure)


def _outcome(task: asyncio.Future[T]) -> T:
    try:
        return task.result()
    except _UNWRITABLE as error:
        raise unstorable("MongoDB") from error
    except PyMongoError as error:
        ours = told(error)
        if ours is error:
            raise
        raise ours from error


def told(error: PyMongoError) -> Exception:
    """Tell a driver's error in the words of `shared.databases`."""
    code = _code(error)
    if isinstance(error, _SLOW) or error.timeout:
        return Unavailable(_SILENT)
    if error.has_error_label("TransientTransactionError") or code == _WRITE_CONFLICT:
        return Conflicted()
    if code == _DUPLICATE:
        found = _INDEX.search(str(error))
        return Duplicate(found[1] if found else "")
    if code == _MISLED:
        return ConfigurationError(f"MongoDB refused the database url: {error}")
    # The driver has tried again by itself.
    away = Unavailable("MongoDB gives no connection")
    return away if isinstance(error, ConnectionFailure) else error


def _code(error: PyMongoError) -> object:
    if isinstance(error, BulkWriteError):
        failures = error.details.get("writeErrors") or [{}]
        return failures[0].get("code")
    return error.code if isinstance(error, OperationFailure) else None
