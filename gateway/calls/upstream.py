"""A connection to a function process: a call out, its answer back, then the next call."""

import asyncio
import time
from typing import TYPE_CHECKING, cast

import httptools

from gateway.http import headers, quick
from gateway.http.exchange import Hold
from gateway.http.reply import Reply
from gateway.http.request import SMALL

if TYPE_CHECKING:
    from gateway.calls.invoke import Call
    from gateway.processes.replica import Replica


class Upstream(asyncio.Protocol):
    """Carries one call at a time; `replica` takes it back when the answer is complete."""

    __slots__ = (
        "body",
        "call",
        "done",
        "head",
        "idle_since",
        "known",
        "lasting",
        "parser",
        "replica",
        "reply",
        "transport",
        "unseen",
        "used",
    )

    transport: asyncio.Transport

    def __init__(self, replica: "Replica") -> None:
        self.replica = replica
        self.call: Call | None = None
        # The last head that came with its whole body, and what it says: answers repeat.
        self.head, self.known = b"", cast(Reply | None, None)
        self.used = False
        # Before which process of the replica this waits, while there is none.
        self.unseen = None if replica.attended else replica.processes
        self.idle_since = 0.0
        self.clear()

    def clear(self) -> None:
        """Be ready for an answer; a parser is made for one that does not come as a whole."""
        self.parser: httptools.HttpResponseParser | None = None
        self.reply: Reply | None = None
        self.body: list[bytes] = []
        self.done = self.lasting = False

    def carry(self, call: "Call") -> None:
        """Send the call's head, and as much of its body as is there, in one write."""
        self.call = call
        call.upstream = self
        self.transport.write(call.message())
        if call.connection.paused:
            self.transport.pause_reading()

    def pause(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def drop(self) -> None:
        """Leave a call that is not over; a WebSocket's last words still reach the function."""
        call, self.call = self.call, None
        if call is not None and call.tunnelled:
            self.transport.close()
        else:
            self.transport.abort()

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.replica.forget(self)
        call, self.call = self.call, None
        reply, self.reply, self.parser = self.reply, None, None
        if call is None:
            return
        if (
            reply is not None
            and call.answered
            and not (call.tunnelled or reply.chunked or error)
            and reply.length is None
        ):
            call.complete()  # The end of the connection is the end of such a body.
        else:
            call.broken(reused=self.used, unseen=self.unseen == self.replica.processes)

    def pause_writing(self) -> None:
        if self.call is not None:
            self.call.connection.hold(Hold.UPSTREAM)

    def resume_writing(self) -> None:
        if self.call is not None:
            self.call.connection.free(Hold.UPSTREAM)

    def data_received(self, data: bytes) -> None:
        call = self.call
        if call is None:
            self.transport.abort()  # An answer that nobody asked for.
            return
        if self.parser is None:
            end = data.find(quick.BLANK) + 4
            head = data[:end]
            if head != self.head:
                self.known = quick.reply(head)
                self.head = head if self.known is not None else b""
            reply = self.known
            if (
                reply is not None
                and len(data) - end == (reply.length or 0)
                and call.request.method != b"HEAD"
            ):
                now = time.perf_counter()
                self.release(call, now, lasting=reply.lasting)
                call.whole(reply, data[end:], now)
                return
        self.read(call, data)

    def read(self, call: "Call", data: bytes) -> None:
        """Have the parser read what is more than one usual answer, or less."""
        if call.tunnelled:
            call.connection.transport.write(data)
            return
        try:
            tunnelled = self.parse(data)
        except httptools.HttpParserError:
            if not self.done:
                self.transport.abort()
                return
            tunnelled = self.lasting = False  # The answer was whole; what follows it is not.
        if self.body and (self.done or tunnelled or not self.held):
            pieces, self.body = self.body, []
            call.answer(pieces)
        if tunnelled:
            call.tunnel()
        elif self.done:
            lasting = self.lasting
            self.clear()
            self.release(call, time.perf_counter(), lasting=lasting)
            call.complete()

    @property
    def held(self) -> bool:
        """Whether the answer is so small that it waits until it is whole, or else is a 502."""
        reply = self.reply
        return reply is not None and reply.length is not None and reply.length <= SMALL

    def parse(self, data: bytes) -> bool:
        """Read on; say whether HTTP has ended on this connection, by a head that switches."""
        if self.parser is None:
            self.parser = httptools.HttpResponseParser(self)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self.call is None or not self.call.tunnelled:
                raise httptools.HttpParserError("nobody offered an upgrade") from None
            self.body.append(data[upgrade.args[0] :])
            return True
        return False

    def release(self, call: "Call", now: float, *, lasting: bool) -> None:
        """Be free for the next call, or close where that cannot be."""
        if call.connection.paused:
            self.resume()
        self.call = None
        self.used = True
        if lasting and call.request.complete:
            self.replica.keep(self, now)
        else:
            self.transport.close()

    # The parser's side

    def on_message_begin(self) -> None:
        if self.done:
            self.lasting = False  # More than was asked for: who knows what it belongs to.
        else:
            self.reply = Reply(0)

    def on_header(self, name: bytes, value: bytes) -> None:
        reply = self.reply
        if reply is None or reply.status:
            return
        lower = name.lower()
        if lower in headers.NOTED_IN_RESPONSE:
            reply.note(lower, value.strip())
        else:
            reply.lines.append(b"%b: %b\r\n" % (name, value))

    def on_headers_complete(self) -> None:
        call, reply, parser = self.call, self.reply, self.parser
        if self.done or call is None or reply is None or parser is None:
            return
        reply.status = parser.get_status_code()
        if reply.status < 100:
            raise ValueError(f"a status must have three digits, got {reply.status}")
        if reply.status == 101:
            call.tunnelled = call.request.websocket and reply.upgrade.lower() == b"websocket"
        if reply.status < 200 and not call.tunnelled:
            return
        reply.finish()
        self.body.append(call.head(reply))
        if call.request.method == b"HEAD":
            self.on_message_complete()

    def on_body(self, piece: bytes) -> None:
        if self.reply is not None and self.reply.status < 200:
            raise ValueError(f"an answer of status {self.reply.status} must not have a body")
        if not self.done:
            self.body.append(piece)

    def on_message_complete(self) -> None:
        reply, parser = self.reply, self.parser
        if reply is None or parser is None or self.done:
            return
        if reply.status >= 200:
            self.done = True
            # The parser knows this only now: a moment later it has forgotten the message.
            self.lasting = parser.should_keep_alive()
        # 100 Continue and its like are not passed on.
