"""HTTP calls of one server over kept connections, as lean as an event's budget asks.

A call costs a tenth of what a client library's does; the connector makes little else.
"""

import asyncio
import ssl
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

import httptools

from event_connector.calls.outcomes import Answer
from event_connector.deployed.merged import Places

CONNECT_TIMEOUT = 5.0
# Servers close what was idle for a minute or more; one that is about to must not get a call.
IDLE = 20.0
LARGEST = 64 << 20


class NotAnswered(Exception):
    """There was no whole answer, and the server may have done what it was asked."""


class NotReached(NotAnswered):
    """There was no connection: nothing was asked."""


class Late(NotAnswered):
    """The answer took longer than the caller waits."""


class Client:
    """Calls `url` and what is below it; connections are made as calls need them."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        if place.scheme not in {"http", "https"} or not place.hostname:
            raise ValueError(f"the URL must begin with http:// or https://, got {url!r}")
        self.host = place.hostname
        self.port = place.port or (443 if place.scheme == "https" else 80)
        self.secure = ssl.create_default_context() if place.scheme == "https" else None
        self.prefix = place.path.rstrip("/")
        self.name = place.netloc.rpartition("@")[2]
        self.idle: list[_Line] = []
        self.places = Places()

    async def call(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, *, within: float
    ) -> Answer:
        """Ask and wait for the whole answer; raises NotAnswered when none comes in time."""
        message = self._message(method, path, headers, body)
        line = self._kept() or await self._connect()
        try:
            async with asyncio.timeout(within):
                answer = await line.ask(message)
        except TimeoutError:
            raise Late(f"no answer within {within:g} s") from None
        finally:
            if line.free:
                line.since = line.loop.time()
                self.idle.append(line)
            else:
                line.transport.abort()
        return answer

    def close(self) -> None:
        for line in self.idle:
            line.transport.abort()
        self.idle.clear()

    def _kept(self) -> "_Line | None":
        """Take the connection that was used last: the others may go to sleep."""
        while self.idle:
            line = self.idle.pop()
            if line.free and line.loop.time() - line.since < IDLE:
                return line
            line.transport.abort()
        return None

    async def _connect(self) -> "_Line":
        loop = asyncio.get_running_loop()
        name = self.host if self.secure else None
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, line = await loop.create_connection(
                    _Line, self.host, self.port, ssl=self.secure, server_hostname=name
                )
        except OSError as error:  # TimeoutError is one
            reason = str(error) or f"no connection within {CONNECT_TIMEOUT:g} s"
            raise NotReached(reason) from None
        return line

    def _message(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> bytes:
        lines = [
            f"{method} {self.prefix}{path} HTTP/1.1",
            f"host: {self.name}",
            f"content-length: {len(body)}",
            *[f"{name}: {value}" for name, value in headers.items()],
            "\r\n",
        ]
        head = "\r\n".join(lines)
        if head.count("\n") != len(lines) or head.count("\r") != len(lines):
            raise ValueError("a request must have no line break in its headers")
        return head.encode("latin-1") + body


class _Line(asyncio.Protocol):
    """One connection, which carries one call at a time."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.since = 0.0
        self.free = False
        self._answer: asyncio.Future[Answer] | None = None
        self._begin()

    async def ask(self, message: bytes) -> Answer:
        self._begin()
        self.free = False
        self._answer = self.loop.create_future()
        self.transport.write(message)
        return await self._answer

    def _begin(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.body: list[bytes] = []
        self.size = 0
        self.begun = self.framed = False

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.free = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.free = False  # An answer that nobody asked for.
            self.transport.abort()
            return
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(f"what came is no answer: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        if error is None and self.begun and not self.framed:
            self._whole()  # The end of the connection is the end of such a body.
        self.free = False
        self._fail("the connection broke before the answer" + (f": {error}" if error else ""))

    # The parser's side

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.decode("latin-1").lower()
        self.headers[lower] = value.decode("latin-1")
        if lower in {"content-length", "transfer-encoding"}:
            self.framed = True

    def on_headers_complete(self) -> None:
        self.begun = self.parser.get_status_code() >= 200

    def on_body(self, piece: bytes) -> None:
        self.body.append(piece)
        self.size += len(piece)
        if self.size > LARGEST:
            self._fail(f"an answer must have at most {LARGEST} bytes")

    def on_message_complete(self) -> None:
        if self.parser.get_status_code() < 200:  # 100 Continue and its like announce an answer
            self.headers = {}
            return
        self.free = self.parser.should_keep_alive()
        self._whole()

    def _whole(self) -> None:
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            status = self.parser.get_status_code()
            answer.set_result(Answer(status, self.headers, b"".join(self.body)))

    def _fail(self, reason: str) -> None:
        self.free = False
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_exception(NotAnswered(reason))
