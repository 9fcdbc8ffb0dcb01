"""A client of MongoDB that opens at first use, closes when idle, and speaks our errors."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

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
from shared.errors import ConfigurationError, Unavailable
from shared.idle import Idle

T = TypeVar("T")
Client = AsyncIOMotorClient[dict[str, Any]]

# The longest wait for a connection, and for the answer to one operation.
CONNECT_PATIENCE = 1.5
ANSWER_PATIENCE = 1.9
_IDLE = 30.0
_DUPLICATE = 11000
_WRITE_CONFLICT = 112
_MISLED = 18
_SLOW = (NetworkTimeout, ExecutionTimeout, WTimeoutError)
_UNWRITABLE = (UnicodeError, OverflowError, InvalidStringData, DocumentTooLarge)
_INDEX = re.compile(r"index: (\S+) dup key")


class Connection:
    """The driver's client with its pool and its watch over the servers, or none while idle."""

    def __init__(self, url: str, largest: int) -> None:
        self._url = url
        self._largest = largest
        self._client: Client | None = None
        self._idle = Idle(_IDLE, self._drop)

    async def run(self, operation: Callable[[Client], Awaitable[T]]) -> T:
        """Run one operation on the client, and see it through when the caller is cancelled."""
        with self.kept_open() as client:
            # The driver works in a thread that no cancellation reaches; a session that it still
            # uses must not be used by whoever tidies up.
            task = asyncio.ensure_future(operation(client))
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await asyncio.wait([task])
                if not task.cancelled():
                    task.exception()
                raise
            except _UNWRITABLE as error:
                raise unstorable("MongoDB") from error
            except PyMongoError as error:
                ours = told(error)
                if ours is error:
                    raise
                raise ours from error

    @contextmanager
    def kept_open(self) -> Iterator[Client]:
        """Give the client; it is the same one until nobody has asked for it for a while."""
        with self._idle.busy():
            if self._client is None:
                self._client = self._make()
            yield self._client

    async def close(self) -> None:
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


def told(error: PyMongoError) -> Exception:
    """Tell a driver's error in the words of `shared.databases`."""
    code = _code(error)
    if isinstance(error, _SLOW) or error.timeout:
        return Unavailable(f"MongoDB did not answer within {ANSWER_PATIENCE:g} s")
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
