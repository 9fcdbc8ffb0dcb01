"""A websocket to SurrealDB that opens at first use, closes when idle, and speaks our errors."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from surrealdb import AsyncSurreal
from surrealdb.connections.async_ws import AsyncWsSurrealConnection
from surrealdb.errors import SurrealError
from surrealdb.types import Value
from websockets.exceptions import WebSocketException
from websockets.protocol import State

from shared.databases.attempts import Conflicted, Gone
from shared.databases.database import AlreadyHandled, Duplicate, unstorable
from shared.databases.patience import ANSWER_PATIENCE, CONNECT_PATIENCE, answered, left
from shared.errors import ConfigurationError, Unavailable
from shared.idle import Idle

_IDLE = 30.0
# The client loses its note of a request with the connection, hence the KeyError.
_LOSSES = (WebSocketException, KeyError, OSError)
_UNWRITABLE = (UnicodeError, OverflowError)
# An integer of more than 64 bits leaves the client as a tag that the engine does not read.
_UNREADABLE = "unknown CBOR tag"
_CONFLICT = "An error occurred: conflict"
_HANDLED = "An error occurred: already handled"
_RETRIED = re.compile(r"can be retried|transaction conflict", re.IGNORECASE)
_INDEX = re.compile(r"index `([^`]+)` already contains")


class QueryError(Exception):
    """SurrealDB refused a statement."""


class Connection:
    """Several tasks' queries share the websocket; a lost one is replaced by the next query."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        self._address = f"{parts.scheme}://{parts.hostname}:{parts.port or 8000}"
        self._login: dict[str, Value] = {
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
        }
        try:
            [self.namespace], [self.database] = options["namespace"], options["database"]
        except (KeyError, ValueError):
            raise ConfigurationError(
                "a SurrealDB url ends in /rpc?namespace=<name>&database=<name>"
            ) from None
        self._client: AsyncWsSurrealConnection | None = None
        self._opening = asyncio.Lock()
        self._idle = Idle(_IDLE, self._drop)

    async def query(
        self,
        surql: str,
        variables: Mapping[str, Any],
        *,
        patience: float = ANSWER_PATIENCE,
    ) -> list[Any]:
        """Run a query's statements and give each one's result; the first refusal is raised."""
        with self._idle.busy():
            client = await self._open()
            try:
                async with asyncio.timeout(patience):
                    reply = await client.query_raw(surql, dict(variables))
            except TimeoutError as error:
                await self._abort(client)
                raise Unavailable(f"SurrealDB did not answer within {patience:g} s") from error
            except _UNWRITABLE as error:
                raise unstorable("SurrealDB") from error
            except _LOSSES as error:
                await self._abort(client)
                raise Gone from error
        answered()
        if "error" in reply:
            raise told(reply["error"].get("kind", ""), str(reply["error"].get("message", "")))
        results = reply["result"]
        for refused in _refusals(results):
            raise refused
        return [result["result"] for result in results]

    async def close(self) -> None:
        await self._idle.close()

    async def _open(self) -> AsyncWsSurrealConnection:
        """Give the websocket; several who find it lost wait for one who opens another."""
        try:
            async with asyncio.timeout(left(CONNECT_PATIENCE)), self._opening:
                client = self._client
                if client is None or not _is_open(client):
                    await self._drop()
                    client = self._client = await self._connect()
                return client
        except TimeoutError as error:
            raise Unavailable("SurrealDB gives no connection") from error

    async def _connect(self) -> AsyncWsSurrealConnection:
        client = AsyncSurreal(self._address)
        assert isinstance(client, AsyncWsSurrealConnection)
        try:
            await client.connect()
            await client.signin(self._login)
            await client.use(self.namespace, self.database)
        except BaseException as error:
            await _close(client)
            if isinstance(error, SurrealError):
                raise ConfigurationError(f"SurrealDB refused the url: {error}") from error
            if isinstance(error, _LOSSES):
                raise Unavailable("SurrealDB gives no connection") from error
            raise
        return client

    async def _abort(self, client: AsyncWsSurrealConnection) -> None:
        """Drop a connection that no goodbye would pass, unless that has happened already."""
        if client.socket is not None:
            client.socket.transport.abort()
        if client is self._client:
            await self._drop()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _close(client)


def _is_open(client: AsyncWsSurrealConnection) -> bool:
    return client.socket is not None and client.socket.state is State.OPEN


async def _close(client: AsyncWsSurrealConnection) -> None:
    socket = client.socket
    try:
        async with asyncio.timeout(1):
            await client.close()
    except TimeoutError:
        socket.transport.abort()


def _refusals(results: list[dict[str, Any]]) -> list[Exception]:
    """Tell what was refused, the cause before the statements that it took down with it."""
    refused = [result for result in results if result["status"] != "OK"]
    refused.sort(key=lambda result: result.get("kind") == "Query")
    return [told(result.get("kind", ""), str(result["result"])) for result in refused]


def told(kind: str, message: str) -> Exception:
    """Tell a refusal in the words of `shared.databases`."""
    if message == _CONFLICT or _RETRIED.search(message):
        return Conflicted()
    if _UNREADABLE in message:
        return unstorable("SurrealDB")
    if message == _HANDLED:
        return AlreadyHandled()
    if found := _INDEX.search(message):
        return Duplicate(found[1])
    if kind == "AlreadyExists":
        return Duplicate("id")
    return QueryError(message)
