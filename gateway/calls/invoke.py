"""The data path: a client's request to one replica, and its answer back, both as they come."""

import time
from typing import TYPE_CHECKING

from gateway.calls.active import Calls
from gateway.http import answers, headers, heads
from gateway.http.answers import Answer
from gateway.http.exchange import Hold
from gateway.http.request import SMALL, Request
from gateway.http.server import Connection
from shared.ids import new_id

if TYPE_CHECKING:
    from gateway.calls.upstream import Upstream
    from gateway.function import Function
    from gateway.processes.replica import Replica

IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"


class Call:
    """One invocation: an exchange of the client's connection, carried by one upstream."""

    __slots__ = (
        "answered",
        "begun",
        "calls",
        "chunking",
        "connection",
        "deadline",
        "ended",
        "function",
        "gathered",
        "named",
        "over",
        "parts",
        "path",
        "replica",
        "request",
        "stamp",
        "status",
        "streamed",
        "turn",
        "upstream",
    )

    def __init__(
        self,
        calls: Calls,
        connection: Connection,
        request: Request,
        function: "Function",
        path: bytes,
    ) -> None:
        self.calls = calls
        self.connection = connection
        self.request = request
        self.function = function
        self.path = path
        self.parts: list[bytes] = []
        self.replica: Replica | None = None
        self.upstream: Upstream | None = None
        self.turn = self.ended = self.streamed = False
        self.answered = self.chunking = self.over = False
        self.status = self.gathered = 0
        self.deadline = 0.0
        self.begun = time.perf_counter()
        self.stamp = time.time_ns()
        self.named = bool(request.call_id)
        if not self.named:
            request.call_id = new_id().encode()

    # The client's side

    def start(self) -> None:
        self.turn = True
        self.deadline = self.calls.loop.time() + self.function.timeout
        self.calls.add(self)
        if self.ended or not (self.request.awaited or self.request.bare):
            self.dispatch()

    def feed(self, piece: bytes) -> None:
        if self.over:
            return
        if self.upstream is None:
            self.parts.append(piece)
            self.gathered += len(piece)
            if self.replica is not None and self.gathered > SMALL:
                self.connection.hold(Hold.UPSTREAM)
        else:
            self.upstream.transport.write(self.frame(piece))

    def end(self) -> None:
        self.ended = True
        if self.over:
            return
        if self.upstream is not None:
            if self.request.chunked:
                self.upstream.transport.write(LAST_CHUNK)
        elif self.turn and self.replica is None:
            self.dispatch()

    def lost(self) -> bool:
        self.abandon()
        return not self.answered

    def pause(self) -> None:
        if self.upstream is not None and not self.upstream.transport.is_closing():
            self.upstream.transport.pause_reading()

    def resume(self) -> None:
        if self.upstream is not None and not self.upstream.transport.is_closing():
            self.upstream.transport.resume_reading()

    # The way out

    def dispatch(self) -> None:
        function = self.function
        if function.limit and function.in_flight >= function.limit * function.width:
            self.fail(function.overloaded())
            return
        replica = function.pick() or self.calls.wake(function)
        if replica is None:
            self.fail(function.unavailable())
            return
        function.in_flight += 1
        self.replica = replica
        if self.request.expects and not self.ended:
            self.connection.transport.write(CONTINUE)
        replica.take(self)

    def message(self) -> bytes:
        """Give the head for the function, with what has come of the body, for one write."""
        request, parts, framing = self.request, self.parts, b""
        if not self.ended:
            # What was sent as it came is not there to be sent again.
            self.streamed = True
            self.connection.free(Hold.UPSTREAM)
            parts, self.parts = [self.frame(piece) for piece in parts], []
            framing = heads.CHUNKED if request.length is None else heads.length(request.length)
        elif not request.bare:
            framing = heads.length(self.gathered)
        head = heads.to_function(request, self.path, self.stamp, self.connection.peer, framing)
        return b"".join((head, *parts)) if parts else head

    def frame(self, piece: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(piece), piece) if self.request.chunked else piece

    # The way back

    def head(self, status: int, lines: list[bytes], length: int | None) -> bytes:
        """Give the head for the client, and decide how the body that follows is framed."""
        request = self.request
        request.keep_alive = request.keep_alive and request.complete
        framing = b""
        if length is not None:
            framing = heads.length(length)
        elif status not in headers.WITHOUT_BODY and request.method != b"HEAD":
            if request.old:
                request.keep_alive = False
            else:
                self.chunking = True
                framing = heads.CHUNKED
        self.status = status
        return heads.to_client(request, status, lines, self.marks(), framing)

    def marks(self) -> bytes:
        call_id = b"" if self.named else self.request.call_id
        return heads.marks(self.stamp, time.perf_counter() - self.begun, call_id)

    def answer(self, pieces: list[bytes]) -> None:
        """Pass on what one read brought: at first the head, then pieces of the body."""
        if self.chunking:
            pieces = heads.chunk(pieces, first=not self.answered)
        self.answered = True
        self.connection.transport.write(b"".join(pieces))

    def complete(self) -> None:
        """Know that the answer is whole."""
        if self.over:
            return
        if self.chunking:
            self.connection.transport.write(LAST_CHUNK)
        self.leave()
        self.connection.finish(self.request)

    # Ends that are not answers

    def broken(self, *, reused: bool) -> None:
        """Bear that the function closed; only what is safe to repeat is repeated."""
        if self.over:
            return
        self.upstream = None
        if self.answered:
            self.leave()
            self.connection.transport.abort()
        elif reused and not self.streamed and self.request.method in IDEMPOTENT:
            self.let_go()
            self.dispatch()
        elif self.replica is not None and not self.replica.ready:
            self.fail(self.function.unavailable())
        else:
            self.fail(self.function.broken())

    def expire(self) -> None:
        if self.answered:
            self.abandon()
            self.connection.transport.abort()
        elif self.replica is None:
            text = f"a body must come within {self.function.timeout:g} s"
            self.fail(answers.sentence(408, text))
        else:
            self.fail(self.function.overdue(ready=self.replica.ready))

    def fail(self, answer: Answer) -> None:
        """Answer in the function's place."""
        self.status = answer.status
        lines = (*answer.lines, self.marks())
        self.abandon()
        marked = Answer(answer.status, answer.body, answer.kind, lines)
        self.connection.transport.write(answers.render(marked, self.request))
        self.connection.finish(self.request)

    def abandon(self) -> None:
        """Stop the call where it is; the function sees its connection close."""
        if self.over:
            return
        upstream = self.upstream
        self.leave()
        if upstream is not None:
            upstream.call = None
            upstream.transport.abort()

    def let_go(self) -> None:
        if self.replica is not None:
            self.function.in_flight -= 1
            self.replica.give_back()
            self.replica = None

    def leave(self) -> None:
        self.over = True
        self.upstream = None
        if self.connection.held:  # The answer came before the whole body was taken.
            self.connection.free(Hold.UPSTREAM)
        self.calls.active.discard(self)
        self.let_go()
        self.function.record(self.status, time.perf_counter() - self.begun)
