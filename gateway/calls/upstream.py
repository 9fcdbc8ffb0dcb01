"""A connection to a function process: a call out, its answer back, then the next call."""

import asyncio
from typing import TYPE_CHECKING, cast

import httptools

from gateway.http import headers
from gateway.http.exchange import Hold

if TYPE_CHECKING:
    from gateway.calls.invoke import Call
    from gateway.processes.replica import Replica


class Upstream(asyncio.Protocol):
    """Carries one call at a time; `replica` takes it back when the answer is complete."""

    __slots__ = (
        "answered",
        "body",
        "call",
        "chunked",
        "done",
        "dropped",
        "idle_since",
        "lasting",
        "length",
        "lines",
        "parser",
        "replica",
        "transport",
        "used",
    )

    transport: asyncio.Transport

    def __init__(self, replica: "Replica") -> None:
        self.replica = replica
        self.parser = httptools.HttpResponseParser(self)
        self.call: Call | None = None
        self.used = False
        self.idle_since = 0.0
        self.lasting = False
        self.clear()

    def clear(self) -> None:
        self.lines: list[bytes] = []
        self.body: list[bytes] = []
        self.length: int | None = None
        self.dropped: set[bytes] | None = None
        self.chunked = self.answered = self.done = False

    def carry(self, call: "Call") -> None:
        """Send the call's head, and as much of its body as is there, in one write."""
        self.call = call
        call.upstream = self
        self.transport.write(call.message())
        if call.connection.paused:
            self.transport.pause_reading()

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.replica.forget(self)
        call, self.call = self.call, None
        if call is None:
            return
        if self.answered and self.length is None and not self.chunked and error is None:
            call.complete()  # The end of the connection is the end of such a body.
        else:
            call.broken(reused=self.used)

    def pause_writing(self) -> None:
        if self.call is not None:
            self.call.connection.hold(Hold.UPSTREAM)

    def resume_writing(self) -> None:
        if self.call is not None:
            self.call.connection.free(Hold.UPSTREAM)

    def data_received(self, data: bytes) -> None:
        if self.call is None:
            self.transport.abort()  # An answer that nobody asked for.
            return
        try:
            self.parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.transport.abort()
            return
        call = self.call
        if self.body:
            pieces, self.body = self.body, []
            call.answer(pieces)
        if self.done:
            self.release(call)

    def release(self, call: "Call") -> None:
        reusable = call.request.complete and self.lasting
        if call.request.method == b"HEAD":
            # The parser waits for a body that the answer to a HEAD does not have.
            self.parser = httptools.HttpResponseParser(self)
        if call.connection.paused and not self.transport.is_closing():
            self.transport.resume_reading()
        self.call = None
        self.used = True
        self.clear()
        if reusable:
            self.replica.keep(self)
        else:
            self.transport.close()
        call.complete()

    # The parser's side

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.answered:
            return
        lower = name.lower()
        if lower in headers.NOTED_IN_RESPONSE:
            self.note(lower, value)
        else:
            self.lines.append(b"%b: %b\r\n" % (name, value))

    def note(self, name: bytes, value: bytes) -> None:
        if name == b"content-length":
            self.length = int(value)
        elif name == b"transfer-encoding":
            self.chunked = True
        elif name == b"connection":
            named = headers.tokens(value) - {b"close", b"keep-alive"}
            self.dropped = (self.dropped or set()) | named
        elif name == b"x-call-id" and self.call is not None and self.call.named:
            self.lines.append(b"X-Call-Id: %b\r\n" % value)

    def on_headers_complete(self) -> None:
        status = self.parser.get_status_code()
        if status < 200:
            return
        assert self.call is not None
        if self.dropped:
            self.lines = headers.without(self.lines, self.dropped)
        self.answered = True
        self.body.append(self.call.head(status, self.lines, self.length))
        if self.call.request.method == b"HEAD":
            self.on_message_complete()

    def on_body(self, piece: bytes) -> None:
        if not self.done:
            self.body.append(piece)

    def on_message_complete(self) -> None:
        if self.answered:
            self.done = True
            # The parser knows this only now: a moment later it has forgotten the message.
            self.lasting = self.parser.should_keep_alive()
        else:
            self.clear()  # 100 Continue and its like are not passed on.
