"""Make a call inside the process, by the same HTTP that a client speaks, without a socket."""

import asyncio
from collections.abc import Callable
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import httptools

from gateway.calls.invoke import Call
from gateway.http.connections import Connections
from gateway.http.exchange import Exchange
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.queue.record import Record

# What is longer waits for its callback on disk.
IN_MEMORY = 1 << 20
INTERNAL = b"x-openfaas-internal"

Route = Callable[[Request, Connection], Exchange]


class Answer:
    """What came back; `whole` is false when the function broke off in the middle."""

    def __init__(self, *, keeps: bool) -> None:
        self.status = 502
        self.headers: list[tuple[bytes, bytes]] = []
        self.size = 0
        self.whole = False
        self.body: IO[bytes] | None = SpooledTemporaryFile(IN_MEMORY) if keeps else None  # noqa: SIM115 - see `close`

    @property
    def told(self) -> int:
        """The status as others are told it: half an answer is none."""
        return self.status if self.whole else 502

    @property
    def internal(self) -> bool:
        """Whether the gateway answered in the function's place, or had to break off."""
        return not self.whole or self.header(INTERNAL) is not None

    def header(self, name: bytes) -> bytes | None:
        return next((value for found, value in self.headers if found.lower() == name), None)

    def close(self) -> None:
        if self.body is not None:
            self.body.close()


class Line(asyncio.Transport):
    """The transport of a connection whose client is this process; reads the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.parser = httptools.HttpResponseParser(self)
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # What the connection does to it

    def write(self, data: "bytes | bytearray | memoryview[Any]") -> None:
        if not self.ended.done():
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserError:
                self.close()  # What the answer was to be kept in has no room for it.

    def close(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def write_eof(self) -> None:
        self.close()

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self.ended.done()

    def pause_reading(self) -> None:
        """Nothing: the whole request has been given already."""

    def resume_reading(self) -> None:
        """Nothing, as nothing was paused."""

    def get_extra_info(self, _name: str, default: object = None) -> object:
        return default

    # What its parser finds

    def on_header(self, name: bytes, value: bytes) -> None:
        self.answer.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.answer.status = self.parser.get_status_code()

    def on_body(self, piece: bytes) -> None:
        self.answer.size += len(piece)
        if self.answer.body is not None:
            self.answer.body.write(piece)

    def on_message_complete(self) -> None:
        self.answer.whole = True


class Loopback:
    """Makes queued calls by `route`, which is the gateway's own."""

    def __init__(self, route: Route) -> None:
        self.route = route
        self.connections = Connections(route)

    async def call(self, record: Record) -> Answer:
        """Give the answer, to be closed by who asked; a cancelled call is cancelled inside."""

        def route(request: Request, connection: Connection) -> Exchange:
            exchange = self.route(request, connection)
            if isinstance(exchange, Call):
                exchange.stamp = record.stamp
            return exchange

        line = Line(Answer(keeps=bool(record.callback)))
        connection = Connection(route, self.connections)
        connection.connection_made(line)
        try:
            connection.data_received(record.head())
            if record.body:
                connection.data_received(record.body)
            await line.ended
        except BaseException:
            line.answer.close()
            raise
        finally:
            line.close()
            connection.connection_lost(None)
        return line.answer

    def close(self) -> None:
        self.connections.close()
