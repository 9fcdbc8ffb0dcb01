"""Connections to MySQL that open at first use, close when idle, and speak our errors."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomysql
from pymysql.constants import CLIENT, FIELD_TYPE
from pymysql.converters import conversions, convert_datetime

from shared.databases.attempts import Conflicted, Gone
from shared.databases.database import Duplicate, unstorable
from shared.databases.mysql.statements import Arguments, Result
from shared.databases.patience import ANSWER_PATIENCE, CONNECT_PATIENCE
from shared.errors import ConfigurationError, Unavailable

# The server gives up waiting by itself too: for a client that is gone nobody would.
_SESSION = (
    "SET time_zone = '+00:00', sql_mode = 'TRADITIONAL', "
    "innodb_lock_wait_timeout = 2, autocommit = 1"
)
# The server's default makes gaps between rows conflict; this is what PostgreSQL does.
_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"

_DUPLICATE = 1062
_TOLD: dict[object, Callable[[], Exception]] = {
    **dict.fromkeys((1020, 1213), Conflicted),
    **dict.fromkeys((1205, 1969, 3024), partial(Unavailable, "MySQL is too busy")),
    **dict.fromkeys((1264, 1292, 1300, 1366, 1406, 1690), partial(unstorable, "MySQL")),
}
_LOSSES = {1053, 1080, 1927, 2006, 2013, 2055, 4031}
_MISLED = {1044, 1045, 1049, 1698}
_DRIVER = (aiomysql.MySQLError, OSError)
_UNWRITABLE = (UnicodeError, OverflowError)


class _Cursor(aiomysql.DictCursor):  # type: ignore[misc] # aiomysql carries no types
    async def _show_warnings(self, _: Any) -> None:
        """Spare a question: in strict mode, what matters is an error and not a warning."""


class Link:
    """A connection whose errors are told in the words of `shared.databases`."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @property
    def closed(self) -> bool:
        closed: bool = self._connection.closed
        return closed

    async def run(
        self, sql: str, args: Arguments = (), *, patience: float | None = ANSWER_PATIENCE
    ) -> Result:
        """Run one statement."""
        try:
            async with asyncio.timeout(patience), self._connection.cursor() as cursor:
                await cursor.execute(sql, _parameters(args) or None)
                return Result(list(await cursor.fetchall()), cursor.rowcount)
        except asyncio.CancelledError:
            self.drop()
            raise
        except _UNWRITABLE as error:
            raise unstorable("MySQL") from error
        except _DRIVER as error:
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
            if not self.closed:
                try:
                    async with asyncio.timeout(CONNECT_PATIENCE):
                        await self._connection.rollback()
                except _DRIVER:
                    self.drop()
            raise

    def drop(self) -> None:
        """Close at once, whatever is under way."""
        self._connection.close()

    async def quit(self) -> None:
        """Close with a word to the server, which would log a warning otherwise."""
        try:
            with suppress(*_DRIVER):
                async with asyncio.timeout(1):
                    await self._connection.ensure_closed()
        finally:
            self.drop()

    def _told(self, error: Exception) -> Exception:
        code = error.args[0] if error.args else None
        if isinstance(error, TimeoutError):
            self.drop()
            return Unavailable(f"MySQL did not answer within {ANSWER_PATIENCE:g} s")
        if code == _DUPLICATE:
            return Duplicate(_constraint(str(error.args[1])))
        if code in _TOLD:
            return _TOLD[code]()
        if code in _LOSSES or self.closed:
            self.drop()
            return Gone()
        return error


async def connect(url: str) -> Link:
    """Open a connection in UTC, strict, with autocommit."""
    parts = urlsplit(url)
    connection = aiomysql.Connection(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        db=parts.path.lstrip("/"),
        charset="utf8mb4",
        cursorclass=_Cursor,
        conv=_CONVERSIONS,
        init_command=_SESSION,
        autocommit=None,
        # An update counts the rows it found, changed or not: what a store needs to know.
        client_flag=CLIENT.FOUND_ROWS,
        program_name="fanfold",
    )
    # By default the driver asks for several statements in one, which injection lives on.
    connection.client_flag &= ~CLIENT.MULTI_STATEMENTS
    try:
        async with asyncio.timeout(CONNECT_PATIENCE):
            await connection._connect()  # noqa: SLF001 - aiomysql.connect sets the flag again
            await connection.query(_ISOLATION)
    except _DRIVER as error:
        connection.close()
        if error.args and error.args[0] in _MISLED:
            raise ConfigurationError(f"MySQL refused the database url: {error}") from error
        raise Unavailable("MySQL gives no connection") from error
    except BaseException:
        connection.close()
        raise
    return Link(connection)


def _constraint(message: str) -> str:
    """Take the index's name from "Duplicate entry 'a' for key 'name'" (MySQL: 'table.name')."""
    return message.rpartition(" for key ")[2].strip("'").rpartition(".")[2]


def _parameters(args: Arguments) -> Any:
    if isinstance(args, dict):
        return {name: _parameter(value) for name, value in args.items()}
    return tuple(_parameter(value) for value in args)


def _parameter(value: object) -> object:
    """Write times in UTC: the driver would drop the zone and keep the digits."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _aware(value: Any) -> Any:
    found = convert_datetime(value)
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) else found


_CONVERSIONS = {**conversions, FIELD_TYPE.DATETIME: _aware, FIELD_TYPE.TIMESTAMP: _aware}
