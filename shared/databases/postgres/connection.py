"""Connections to PostgreSQL that open at first use, close when idle, and speak our errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import msgspec

from shared.databases.attempts import Conflicted, Gone
from shared.databases.database import Duplicate, unstorable
from shared.databases.patience import ANSWER_PATIENCE, CONNECT_PATIENCE, answered, left
from shared.errors import ConfigurationError, Unavailable

_IDLE = 30
_SESSION = {
    "application_name": "fanfold",
    "timezone": "UTC",
    "jit": "off",
    # The server gives up by itself too: for a client that is gone nobody would.
    "statement_timeout": "1500ms",
    "idle_in_transaction_session_timeout": "10s",
}
_LOSSES = (asyncpg.InterfaceError, asyncpg.PostgresConnectionError, ConnectionError)
_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)
_ENDINGS = (asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
_REFUSALS = (
    OSError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.PostgresConnectionError,
    *_ENDINGS,
)


_UNSTORABLE = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.DatetimeFieldOverflowError,
    asyncpg.InvalidTextRepresentationError,
    asyncpg.NumericValueOutOfRangeError,
    asyncpg.StringDataRightTruncationError,
    asyncpg.UntranslatableCharacterError,
)
_MISLED = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


class Link:
    """A connection whose errors are told in the words of `shared.databases`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, call: str, sql: str, *args: object) -> Any:
        """Run a statement by the driver's method `call`."""
        try:
            return await getattr(self._connection, call)(sql, *args)
        except _ERRORS as error:
            told = self._told(error)
            if told is error:
                raise
            raise told from error

    @asynccontextmanager
    async def undoing(self) -> AsyncIterator[None]:
        """Roll back what does not come to its end; a connection that cannot is dropped."""
        try:
            yield
        except BaseException:
            if not self._closed():
                try:
                    async with asyncio.timeout(CONNECT_PATIENCE):
                        await self._connection.execute("ROLLBACK")
                except _ERRORS:
                    self._end()
            raise

    def _end(self) -> None:
        with suppress(asyncpg.InterfaceError):  # gone so thoroughly that the pool took it back
            self._connection.terminate()

    def _closed(self) -> bool:
        try:
            closed: bool = self._connection.is_closed()
        except asyncpg.InterfaceError:  # as above
            return True
        return closed

    def _told(self, error: Exception) -> Exception:
        if isinstance(error, TimeoutError):
            self._end()
            return Unavailable(f"PostgreSQL did not answer within {ANSWER_PATIENCE:g} s")
        if isinstance(error, asyncpg.UniqueViolationError):
            return Duplicate(error.constraint_name or "")
        if isinstance(error, asyncpg.SerializationError | asyncpg.DeadlockDetectedError):
            return Conflicted()
        if isinstance(error, _UNSTORABLE) or _unwritable(error):
            return unstorable("PostgreSQL")
        if isinstance(error, asyncpg.QueryCanceledError):
            return Unavailable("PostgreSQL is too busy for a statement")
        if lost := isinstance(error, asyncpg.InternalClientError):
            # The session was ended between two of its words, and the driver lost its place.
            self._end()
        lost = lost or (isinstance(error, _LOSSES) and self._closed())
        return Gone() if lost or isinstance(error, _ENDINGS) else error


def _unwritable(error: Exception) -> bool:
    """Whether the driver could not write a value; one of a wrong type is our own mistake."""
    return isinstance(error, asyncpg.DataError) and isinstance(
        error.__cause__, ValueError | OverflowError
    )


class Pool:
    """At most `largest` connections, none before the first use and none that idles."""

    def __init__(self, url: str, largest: int) -> None:
        self._url = url
        self._largest = largest
        self._pool: Any = None

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """Lend a connection."""
        if self._pool is None:
            self._pool = self._make()
        pool = await self._pool
        async with _connecting():
            connection = await pool.acquire(timeout=left(CONNECT_PATIENCE))
        answered()
        try:
            yield Link(connection)
        finally:
            with suppress(TimeoutError, *_LOSSES):
                await pool.release(connection, timeout=CONNECT_PATIENCE)

    async def alone(self) -> Any:
        """Open a connection outside of the pool, for statements that may take long."""
        async with _connecting():
            return await asyncpg.connect(
                self._url, timeout=CONNECT_PATIENCE, server_settings=_SESSION
            )

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    def _make(self) -> Any:
        return asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._largest,
            max_inactive_connection_lifetime=_IDLE,
            timeout=CONNECT_PATIENCE,
            command_timeout=ANSWER_PATIENCE,
            server_settings=_SESSION,
            init=_speak_json,
            reset=_keep,
        )


@asynccontextmanager
async def _connecting() -> AsyncIterator[None]:
    try:
        yield
    except _REFUSALS as error:
        raise Unavailable("PostgreSQL gives no connection") from error
    except _MISLED as error:
        raise ConfigurationError(f"PostgreSQL refused the database url: {error}") from error


async def _speak_json(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        encoder=lambda value: msgspec.json.encode(value).decode(),
        decoder=msgspec.json.decode,
        schema="pg_catalog",
    )


async def _keep(_: Any) -> None:
    """Spare the reset query after each use: nothing here changes a session."""
