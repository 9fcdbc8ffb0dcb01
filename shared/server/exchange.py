"""One request and its answer, between a connection and the application."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from shared import log
from shared.server.heads import line, sentence, status_line, today

if TYPE_CHECKING:
    from shared.server.connection import Connection

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# In an answer, what tells how its body ends, or is the server's own to say.
FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"date"})
BODILESS = frozenset({204, 304})
UNEXPECTED = (500, "Internal Server Error")


class ClientGone(OSError):
    """The client has closed its connection: nobody will read the answer."""


class Exchange:
    """`complete`: the request has come whole. `ended`: the answer has gone whole."""

    __slots__ = (
        "arrived",
        "buffered",
        "chunked",
        "complete",
        "connection",
        "ended",
        "expects",
        "gone",
        "keep_alive",
        "left",
        "lines",
        "pieces",
        "scope",
        "sent",
        "task",
        "told",
    )
    expects: bool
    chunked: bool
    told: bool
    # How much of the promised body is to come; None: it was not promised, -1: there is none.
    left: int | None
    pieces: list[bytes]
    task: asyncio.Task[None]

    def __init__(self, connection: "Connection", scope: Scope, keep_alive: bool) -> None:  # noqa: FBT001 - positional, because it is made for each request
        self.connection = connection
        self.scope = scope
        self.keep_alive = keep_alive
        self.complete = self.gone = self.sent = self.ended = False
        self.buffered = 0
        self.lines: list[bytes] | None = None
        self.arrived: asyncio.Event | None = None

    async def run(self, application: Application) -> None:
        """Let the application answer; whatever it leaves undone is made good or cut off."""
        try:
            await application(self.scope, self.receive, self.send)
        except ClientGone:
            pass  # It had been told, and had nothing left to do.
        except Exception as error:  # noqa: BLE001 - the border: an answer must come of it
            log.error("application raised", error=repr(error), traceback=log.trace(error))
        finally:
            self.connection.server.running.discard(self)
            if not (self.ended or self.gone):
                self.fail()

    def fail(self) -> None:
        """Say that it went wrong; let nobody take an answer that has begun as whole."""
        log.error("answer not whole", begun=self.sent)
        self.ended = True
        if self.sent:
            self.connection.transport.abort()
        else:
            self.connection.last_words(sentence(*UNEXPECTED))

    # From the connection

    def feed(self, piece: bytes) -> None:
        if self.buffered:
            self.pieces.append(piece)
        else:
            self.pieces = [piece]
        self.buffered += len(piece)
        self.wake()

    def wake(self) -> None:
        if self.arrived is not None:
            self.arrived.set()

    def lose(self) -> None:
        self.gone = True
        self.wake()

    # For the application

    async def receive(self) -> Message:
        while not (self.gone or self.ended):
            if self.buffered or (self.complete and not self.told):
                return self.taken()
            if self.expects and not self.sent:
                self.expects = False
                self.connection.transport.write(CONTINUE)
            if self.arrived is None:
                self.arrived = asyncio.Event()
            self.arrived.clear()
            await self.arrived.wait()
        return {"type": "http.disconnect"}

    def taken(self) -> Message:
        """Give what has come of the body, and let more of it come."""
        body = b""
        if self.buffered:
            pieces, self.pieces, self.buffered = self.pieces, [], 0
            body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            self.connection.flow()
        self.told = self.complete
        return {"type": "http.request", "body": body, "more_body": not self.complete}

    async def send(self, message: Message) -> None:
        kind = message["type"]
        if self.gone:
            raise ClientGone("the client has closed its connection")
        if self.lines is None:
            if kind != "http.response.start":
                raise RuntimeError(f"an answer begins with http.response.start, got {kind}")
            self.start(message["status"], message.get("headers", ()))
            return
        if kind != "http.response.body" or self.ended:
            raise RuntimeError(f"an answer goes on with http.response.body, got {kind}")
        body, more = message.get("body", b""), message.get("more_body", False)
        connection = self.connection
        head = b"" if self.sent else self.head(self.lines, len(body), more)
        connection.transport.write(head + self.framed(body, more))
        self.sent = True
        if not more:
            self.ended = True
            self.wake()
            connection.finish(self)
        elif connection.drained is not None:
            await connection.drained.wait()

    def start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        left = None
        lines = [status_line(status)]
        for name, value in headers:
            lower = name.lower()
            if lower not in FRAMING:
                lines.append(line(name, value))
            elif lower == b"content-length":
                left = int(value)
                lines.append(b"content-length: %d\r\n" % left)
            elif lower == b"connection" and value.lower() == b"close":
                self.keep_alive = False
        if status in BODILESS or self.scope["method"] == "HEAD":
            left = -1
        self.left = left
        self.chunked = False
        self.lines = lines

    def head(self, lines: list[bytes], size: int, more: bool) -> bytes:  # noqa: FBT001 - as above
        """Give the head, and settle how the end of the body is told."""
        old = self.scope["http_version"] == "1.0"
        if self.left is None:
            if not more:
                self.left = size
                lines.append(b"content-length: %d\r\n" % size)
            elif old:
                self.keep_alive = False  # The end of the connection is the end of the body.
            else:
                self.chunked = True
                lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(today())
        # A client that was not told to continue may send its body or not: nobody can know.
        if self.expects or self.connection.server.stopping:
            self.keep_alive = False
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        elif old:
            lines.append(b"connection: keep-alive\r\n")
        lines.append(b"\r\n")
        return b"".join(lines)

    def framed(self, body: bytes, more: bool) -> bytes:  # noqa: FBT001 - as above
        """Give this part of the body as it goes over the wire."""
        if self.left is not None:
            if self.left < 0:
                return b""  # There is none, whatever the application sends.
            self.left -= len(body)
            if self.left < 0 or (self.left and not more):
                raise RuntimeError("an answer must have the length that it promised")
            return body
        if not self.chunked:
            return body
        piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
        return piece if more else piece + b"0\r\n\r\n"
