"""The data path: a client's request to one replica, and its answer back, both as they come."""

import math
import time
from typing import TYPE_CHECKING

from gateway.calls.active import Calls
from gateway.http import answers, heads
from gateway.http.answers import Answer
from gateway.http.exchange import Hold
from gateway.http.reply import Reply
from gateway.http.request import SMALL, Request
from gateway.http.server import Connection

if TYPE_CHECKING:
    from gateway.calls.upstream import Upstream
    from gateway.function import Function
    from gateway.processes.replica import Replica

IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"})


class Call:
    """One invocation: an exchange of the client's connection, carried by one upstream."""

    # What most calls never set stands here, so that it costs them nothing.
    replica: "Replica | None" = None
    upstream: "Upstream | None" = None
    turn = streamed = answered = chunking = tunnelled = over = False
    status = gathered = stamp = 0
    deadline = math.inf

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

    # The client's side

    def start(self) -> None:
        request, names = self.request, self.calls.names
        wanted, allowed = request.fields.timeout, self.function.timeout
        self.turn, self.begun = True, time.perf_counter()
        self.timeout = wanted if wanted < allowed else allowed  # noqa: FURB136 - min is slow
        self.deadline = self.begun + self.timeout
        self.calls.add(self)
        self.digits = digits = b"%012x" % next(names.count)
        self.tag = b"X-Call-Id: %b\r\nX-Start-Time: %d\r\n" % (
            request.fields.call_id or names.moment + digits,
            self.stamp or time.time_ns(),
        )
        if request.complete or not (request.awaited or request.bare):
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
        if self.over:
            return
        if self.upstream is not None:
            if self.request.fields.chunked:
                self.upstream.transport.write(heads.LAST_CHUNK)
        elif self.turn and self.replica is None:
            self.dispatch()

    def lost(self) -> bool:
        self.abandon()
        return not self.answered

    def pause(self) -> None:
        if self.upstream is not None:
            self.upstream.pause()

    def resume(self) -> None:
        if self.upstream is not None:
            self.upstream.resume()

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
        if self.request.fields.expects and not self.request.complete:
            self.connection.transport.write(heads.CONTINUE)
        replica.take(self)

    def message(self) -> bytes:
        """Give the head for the function, with what has come of the body, for one write."""
        request, fields, parts, framing = self.request, self.request.fields, self.parts, b""
        if not request.complete:
            # What was sent as it came is not there to be sent again.
            self.streamed = True
            self.connection.free(Hold.UPSTREAM)
            parts, self.parts = [self.frame(piece) for piece in parts], []
            framing = heads.CHUNKED if fields.length is None else heads.length(fields.length)
        elif fields.length is not None or fields.chunked:
            framing = heads.length(self.gathered)
        elif request.websocket:
            framing = heads.SWITCH
        trace = b"" if fields.trace else self.calls.names.traceparent(self.digits)
        sent = request.sent or heads.to_function(request, self.path, self.connection.peer)
        head = b"%b%b%b%b\r\n" % (sent, self.tag, trace, framing)
        return b"".join((head, *parts)) if parts else head

    def frame(self, piece: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(piece), piece) if self.request.fields.chunked else piece

    # The way back

    def whole(self, reply: Reply, body: bytes, now: float) -> None:
        """Pass on an answer that one read brought as a whole."""
        self.status, self.answered = reply.status, True
        tag, end = self.tagged(reply), heads.end(self.request)
        answer = heads.WHOLE % (reply.front, tag, now - self.begun, end, body)
        self.connection.transport.write(answer)
        self.leave(now)
        self.connection.finish(self.request)

    def head(self, reply: Reply) -> bytes:
        """Give the head for the client, and decide how the body that follows is framed."""
        request = self.request
        request.keep_alive = request.keep_alive and request.complete
        self.status = reply.status
        framing = heads.SWITCH if self.tunnelled else heads.framing(request, reply)
        self.chunking = framing == heads.CHUNKED
        marks = self.marks(reply, time.perf_counter())
        return b"%b%b%b%b" % (reply.front, marks, framing, heads.end(request))

    def tagged(self, reply: Reply | None) -> bytes:
        """Say when the call began, which it is, if not the caller named it, and the notice."""
        tag = self.tag + self.function.notice
        if not self.request.fields.call_id:
            return tag
        tag = tag[tag.index(b"X-Start-Time") :]
        return b"X-Call-Id: %b\r\n%b" % (reply.call_id, tag) if reply and reply.call_id else tag

    def marks(self, reply: Reply | None, now: float) -> bytes:
        return heads.MARKS % (self.tagged(reply), now - self.begun)

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
            self.connection.transport.write(heads.LAST_CHUNK)
        self.leave(time.perf_counter())
        self.connection.finish(self.request)

    def tunnel(self) -> None:
        """Know that from here on WebSocket is spoken, for as long as both sides want."""
        self.deadline = math.inf
        self.connection.go_on(tunnelled=True)

    # Ends that are not answers

    def broken(self, *, reused: bool, unseen: bool = False) -> None:
        """Bear that the function closed; only what is safe to repeat is repeated."""
        if self.over:
            return
        self.upstream = None
        if self.answered:
            self.leave(time.perf_counter())
            transport = self.connection.transport
            (transport.close if self.tunnelled else transport.abort)()
        elif not self.streamed and (
            # No process has had it; a replica that is retired will have no other.
            (unseen and self.replica is not None and self.replica.retired)
            or (reused and self.request.method in IDEMPOTENT)
        ):
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
            self.fail(answers.sentence(408, f"a body must come within {self.timeout:g} s"))
        else:
            self.fail(self.function.overdue(self.timeout, ready=self.replica.ready))

    def fail(self, answer: Answer) -> None:
        """Answer in the function's place."""
        self.status = answer.status
        lines = (*answer.lines, self.marks(None, time.perf_counter()))
        self.abandon()
        marked = Answer(answer.status, answer.body, answer.kind, lines)
        self.connection.transport.write(answers.render(marked, self.request))
        self.connection.finish(self.request)

    def abandon(self) -> None:
        """Stop the call where it is; the function sees its connection close."""
        if self.over or not self.turn:
            return
        upstream = self.upstream
        self.leave(time.perf_counter())
        if upstream is not None:
            upstream.drop()

    def let_go(self) -> None:
        if self.replica is not None:
            self.function.in_flight -= 1
            self.replica.give_back()
            self.replica = None

    def leave(self, now: float) -> None:
        self.over, self.upstream = True, None
        if self.connection.held:  # The answer came before the whole body was taken.
            self.connection.free(Hold.UPSTREAM)
        self.calls.active.discard(self)
        self.let_go()
        self.function.record(self.status, now - self.begun)
