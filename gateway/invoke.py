"""The data path: a client's request to one replica, and its answer back, both as they come."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway import answers, headers
from gateway.answers import Answer
from gateway.call_ids import new_call_id
from gateway.request import SMALL, Request
from gateway.server import Connection, Hold

if TYPE_CHECKING:
    from gateway.function import Function
    from gateway.replica import Replica
    from gateway.upstream import Upstream

INTERNAL = b"X-OpenFaaS-Internal: proxy\r\n"
IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})
SWEEP_SECONDS = 0.1

Wake = Callable[["Function"], "Replica | None"]


class Calls:
    """The calls in flight; ends those whose time is up."""

    def __init__(self, wake: Wake) -> None:
        self.wake = wake
        self.loop = asyncio.get_running_loop()
        self.active: set[Call] = set()
        self.sweeping = False

    def add(self, call: "Call") -> None:
        self.active.add(call)
        if not self.sweeping:
            self.sweeping = True
            self.loop.call_later(SWEEP_SECONDS, self.sweep)

    def sweep(self) -> None:
        now = self.loop.time()
        for call in [each for each in self.active if each.deadline < now]:
            call.expire()
        self.sweeping = bool(self.active)
        if self.sweeping:
            self.loop.call_later(SWEEP_SECONDS, self.sweep)


class Call:
    """One invocation; an exchange of the client's connection, carried by one upstream."""

    __slots__ = (
        "answered",
        "begun",
        "calls",
        "chunking",
        "connection",
        "deadline",
        "ended",
        "function",
        "generated",
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
        self, calls: Calls, connection: Connection, request: Request, target: "Target"
    ) -> None:
        self.calls = calls
        self.connection = connection
        self.request = request
        self.function, self.path = target
        self.parts: list[bytes] = []
        self.replica: Replica | None = None
        self.upstream: Upstream | None = None
        self.turn = self.ended = self.streamed = False
        self.answered = self.chunking = self.over = False
        self.status = 0
        self.generated = not request.call_id
        self.begun = time.perf_counter()
        self.deadline = 0.0
        self.stamp = time.time_ns()

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
            if self.replica is not None and sum(map(len, self.parts)) > SMALL:
                self.connection.hold(Hold.UPSTREAM)
        else:
            self.upstream.transport.write(self.frame(piece))

    def end(self) -> None:
        self.ended = True
        if self.over:
            return
        if self.upstream is not None:
            if self.request.chunked:
                self.upstream.transport.write(b"0\r\n\r\n")
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
            self.connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        replica.take(self)

    def message(self) -> bytes:
        """The head for the function, with what has come of the body."""
        request = self.request
        lines = request.lines
        if request.dropped:
            lines = headers.without(lines, request.dropped)
        body = self.parts
        framing = b""
        if self.ended:
            if not request.bare:
                framing = b"Content-Length: %d\r\n" % sum(map(len, body))
        else:
            self.streamed = True
            body = [self.frame(piece) for piece in body]
            self.parts = []
            self.connection.free(Hold.UPSTREAM)
            framing = (
                b"Transfer-Encoding: chunked\r\n"
                if request.length is None
                else b"Content-Length: %d\r\n" % request.length
            )
        if self.generated:
            request.call_id = request.call_id or new_call_id(self.stamp)
        host = request.host or b""
        return b"".join(
            (
                b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (request.method, self.path, host),
                *lines,
                b"X-Call-Id: %b\r\nX-Start-Time: %d\r\n"
                b"X-Forwarded-For: %b\r\nX-Forwarded-Host: %b\r\n%b\r\n"
                % (
                    request.call_id,
                    self.stamp,
                    request.forwarded_for or self.connection.peer,
                    request.forwarded_host or host,
                    framing,
                ),
                *body,
            )
        )

    def frame(self, piece: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(piece), piece) if self.request.chunked else piece

    def hold(self) -> None:
        self.connection.hold(Hold.UPSTREAM)

    def free(self) -> None:
        self.connection.free(Hold.UPSTREAM)

    # The way back

    def head(self, status: int, lines: list[bytes], length: int | None) -> bytes:
        """The head for the client; it decides how the body that follows is framed."""
        request = self.request
        request.keep_alive = request.keep_alive and request.complete
        framing = b""
        if length is not None:
            framing = b"Content-Length: %d\r\n" % length
        elif status not in headers.WITHOUT_BODY and request.method != b"HEAD":
            if request.old:
                request.keep_alive = False
            else:
                self.chunking = True
                framing = b"Transfer-Encoding: chunked\r\n"
        self.status = status
        return b"".join(
            (
                headers.status_line(status),
                *lines,
                self.marks(lines),
                framing,
                answers.end_of_head(request),
            )
        )

    def marks(self, lines: list[bytes] | tuple[bytes, ...] = ()) -> bytes:
        """What the gateway says about the call; an id is news only to who did not send one."""
        taken = time.perf_counter() - self.begun
        marks = b"X-Start-Time: %d\r\nX-Duration-Seconds: %.6f\r\nX-Served-By: fanfold\r\n" % (
            self.stamp,
            taken,
        )
        if self.generated and not any(line.startswith(b"X-Call-Id:") for line in lines):
            return b"X-Call-Id: %b\r\n%b" % (self.request.call_id, marks)
        return marks

    def answer(self, pieces: list[bytes]) -> None:
        if self.chunking:
            pieces = self.chunk(pieces)
        self.answered = True
        self.connection.transport.write(b"".join(pieces))

    def chunk(self, pieces: list[bytes]) -> list[bytes]:
        head = [] if self.answered else [pieces.pop(0)]
        size = sum(map(len, pieces))
        return [*head, b"%x\r\n" % size, *pieces, b"\r\n"] if size else head

    def complete(self) -> None:
        """The answer is whole."""
        if self.over:
            return
        if self.chunking:
            self.connection.transport.write(b"0\r\n\r\n")
        self.leave()
        self.connection.finish(self.request)

    # Ends that are not answers

    def broken(self, *, reused: bool) -> None:
        """The connection to the function ended early; only what is safe to repeat is repeated."""
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
        else:
            self.fail(self.function.overdue(started=self.replica is None or self.replica.ready))

    def fail(self, answer: Answer) -> None:
        """Answer in the function's place; the platform is to blame."""
        self.status = answer.status
        if self.generated:
            self.request.call_id = self.request.call_id or new_call_id(self.stamp)
        marked = Answer(answer.status, answer.body, answer.kind, (*answer.lines, self.marks()))
        connection, request = self.connection, self.request
        self.abandon()
        connection.transport.write(answers.render(marked, request))
        connection.finish(request)

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
        self.calls.active.discard(self)
        self.let_go()
        self.function.record(self.status)


Target = tuple["Function", bytes]
