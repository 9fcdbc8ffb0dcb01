"""An exchange of the control side: the body in, a coroutine, an answer or a stream out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from gateway.http import answers, headers, heads, sockets
from gateway.http.answers import Answer, sentence
from gateway.http.exchange import BODY_SECONDS
from gateway.http.request import Request
from gateway.http.server import Connection
from shared import log

if TYPE_CHECKING:
    from gateway.gateway import Gateway

BODY_LIMIT = 2 << 20
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What a handler of the control side sees."""

    head: Request
    query: dict[str, str]
    name: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that comes in pieces, each sent when it is there."""

    pieces: AsyncIterator[bytes]
    kind: bytes


Handler = Callable[["Gateway", ApiRequest], Awaitable[Answer | Stream]]
# Runs a handler and turns what it raises into an answer.
Work = Callable[[ApiRequest], Awaitable[Answer | Stream]]


class ApiExchange:
    """Collects the body, runs the handler, writes what it returns."""

    def __init__(
        self,
        connection: Connection,
        request: Request,
        work: Work,
        name: str,
        limit: int = BODY_LIMIT,
    ) -> None:
        self.connection = connection
        self.request = request
        self.work = work
        self.name = name
        self.limit = limit
        self.body = bytearray()
        self.turn = self.answered = False
        self.task: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self.turn = True
        if self.request.complete:
            self.run()
            return
        self.timer = self.connection.loop.call_later(BODY_SECONDS, self.late)
        if (self.request.fields.length or 0) > self.limit:
            self.send(self.too_large())
        elif self.request.fields.expects:
            self.connection.transport.write(CONTINUE)

    def feed(self, piece: bytes) -> None:
        if len(self.body) <= self.limit:
            self.body += piece
            if len(self.body) > self.limit and self.turn and not self.answered:
                self.send(self.too_large())

    def end(self) -> None:
        if self.turn and not self.answered:
            self.run()

    def late(self) -> None:
        if self.turn and not self.answered:
            self.send(sentence(408, f"a body must come within {BODY_SECONDS:.0f} s"))

    def lost(self) -> bool:
        self.stop()
        if self.task is not None:
            self.task.cancel()
        return not self.answered

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def pause(self) -> None:
        self.writable.clear()

    def resume(self) -> None:
        self.writable.set()

    def run(self) -> None:
        self.stop()
        if len(self.body) > self.limit:
            self.send(self.too_large())
            return
        self.task = self.connection.loop.create_task(self.serve())

    async def serve(self) -> None:
        _, _, query = self.request.target.partition(b"?")
        fields = dict(parse_qsl(query.decode(), keep_blank_values=True))
        asked = ApiRequest(self.request, fields, self.name, bytes(self.body))
        answer = await self.work(asked)
        if isinstance(answer, Stream):
            await self.stream(answer)
        else:
            self.send(answer)

    def send(self, answer: Answer) -> None:
        self.stop()
        self.answered = True
        self.connection.transport.write(answers.render(answer, self.request))
        self.connection.finish(self.request)

    async def stream(self, stream: Stream) -> None:
        self.answered = True
        chunked = not self.request.old
        self.request.keep_alive = self.request.keep_alive and chunked
        write = self.connection.transport.write
        kind = b"Content-Type: %b\r\n" % stream.kind
        framing = heads.CHUNKED if chunked else b""
        write(b"".join((headers.status_line(200), kind, framing, heads.end(self.request))))
        sockets.notice_death(self.connection.transport)  # It may be silent for days.
        try:
            async for piece in stream.pieces:
                if piece:
                    write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
                await self.writable.wait()
        except Exception as error:  # noqa: BLE001 - the client must not wait for ever
            log.error("stream not finished", error=repr(error), traceback=log.trace(error))
            self.connection.transport.abort()
            return
        if chunked:
            write(b"0\r\n\r\n")
        self.connection.finish(self.request)

    def too_large(self) -> Answer:
        return sentence(413, f"a body must have at most {self.limit} bytes")
