"""A client's connection: HTTP/1.1 in, one exchange after the other, answers in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from gateway.http import answers, quick, sockets
from gateway.http.exchange import Exchange, Hold
from gateway.http.fields import Fields, Refused
from gateway.http.fixed import Fixed
from gateway.http.reader import Reader
from gateway.http.request import Request

if TYPE_CHECKING:
    from gateway.http.connections import Connections

HEAD_SECONDS = 15.0
IDLE_SECONDS = 75.0
LINGER_SECONDS = 2.0

Route = Callable[[Request, "Connection"], Exchange]


class Connection(asyncio.Protocol):
    """Keeps the exchanges of its requests in order, and closes when HTTP says so."""

    __slots__ = (
        "advancing",
        "asked",
        "connections",
        "deadline",
        "discarding",
        "front",
        "head",
        "held",
        "kept",
        "loop",
        "paused",
        "peer",
        "queue",
        "reader",
        "request",
        "route",
        "transport",
        "tunnelled",
    )

    transport: asyncio.Transport

    def __init__(self, route: Route, connections: "Connections") -> None:
        self.route = route
        self.connections = connections
        self.loop = connections.loop
        # The last head that came in one piece, and what it says: requests repeat.
        self.head, self.asked = b"", cast(Request | None, None)
        self.reader: Reader | None = None
        self.request: Request | None = None
        self.front: Exchange | None = None
        self.queue: deque[Exchange] = deque()
        self.held, self.peer = Hold.NOTHING, b""
        self.deadline = connections.now + HEAD_SECONDS
        self.paused = self.discarding = self.advancing = self.tunnelled = False
        self.kept: bytes | None = None

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        name = transport.get_extra_info("peername")
        if isinstance(name, tuple):
            host = f"[{name[0]}]" if ":" in name[0] else name[0]
            self.peer = f"{host}:{name[1]}".encode()
        self.connections.open.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.connections.open.discard(self)
        self.discarding = True
        self.queue.clear()
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.close()
        if self.front is not None:
            self.front.lost()
        self.front = None

    def pause_writing(self) -> None:
        self.paused = True
        if self.front is not None:
            self.front.pause()

    def resume_writing(self) -> None:
        self.paused = False
        if self.front is not None:
            self.front.resume()
        elif not self.transport.is_closing():
            self.advance()

    def data_received(self, data: bytes) -> None:
        reader = self.reader
        if not (self.front or self.paused or self.discarding or (reader and reader.waiting)):
            end = data.find(quick.BLANK) + 4
            head = data[:end]
            if head != self.head:
                self.asked = quick.request(head, self.asked)
                self.head = head if self.asked is not None else b""
            request, size = self.asked, len(data) - end
            if request is not None and size == (request.fields.length or 0):
                self.request = request
                self.front = exchange = self.route(request, self)
                if size:
                    exchange.feed(data[end:])
                exchange.start()
                return
        self.read(data)

    def read(self, data: bytes) -> None:
        """Have the parser read what is more than one usual request, or less."""
        if self.discarding:
            return
        if self.kept is not None:
            self.kept += data
        elif self.tunnelled and self.front is not None:
            self.front.feed(data)
        else:
            if self.reader is None:
                self.reader = Reader(self)
            if not self.reader.waiting:
                self.deadline = self.connections.now + HEAD_SECONDS
            self.reader.read(data)

    # The exchanges, in their order

    def begin(self, request: Request) -> Exchange:
        """Have the request answered, when those before it are."""
        self.request = request
        exchange = self.route(request, self)
        if not (self.front or self.queue or self.paused):  # who does not read, waits
            self.front = exchange
            exchange.start()
        else:
            self.queue.append(exchange)
            self.hold(Hold.PIPELINE)
        return exchange

    def finish(self, request: Request) -> None:
        """Go on: the front exchange has written its whole answer."""
        self.front = None
        if not request.complete:
            self.linger()
        elif not request.keep_alive:
            self.discarding = True
            self.queue.clear()
            self.deadline = self.connections.now + IDLE_SECONDS
            self.transport.close()
        else:
            self.deadline = self.connections.now + IDLE_SECONDS
            if self.queue and not self.advancing:
                self.advance()
            if self.kept is not None:
                self.go_on()

    def advance(self) -> None:
        # A loop, because a thousand pipelined requests that answer at once would recurse.
        self.advancing = True
        while self.queue and not (self.front or self.paused):
            self.front = self.queue.popleft()
            self.front.start()
        self.advancing = False
        if not self.queue:
            self.free(Hold.PIPELINE)

    def keep_back(self, rest: bytes) -> None:
        """Read no further until it is known whether the client's next bytes are HTTP."""
        if self.front is None:
            self.read(rest)
        else:
            self.kept = rest
            self.hold(Hold.OFFER)

    def go_on(self, *, tunnelled: bool = False) -> None:
        """Read on after an offered upgrade: HTTP, or what has been agreed instead."""
        self.tunnelled = tunnelled
        if tunnelled:
            sockets.notice_death(self.transport)
        rest, self.kept = self.kept, None
        self.free(Hold.OFFER)
        if rest:
            self.data_received(rest)

    def hold(self, reason: int) -> None:
        if not self.held and not self.transport.is_closing():
            self.transport.pause_reading()
        self.held |= reason

    def free(self, reason: int) -> None:
        if self.held & reason:
            self.held &= ~reason
            if not self.held and not self.transport.is_closing():
                self.transport.resume_reading()

    # The end

    def refuse(self, refused: Refused) -> None:
        """Answer what cannot be parsed, behind the answers that are still owed."""
        if self.discarding:
            return
        self.discarding = True
        reader = self.reader
        if reader is not None and reader.in_body and not self.take_back():
            self.transport.abort()
            return
        if reader is not None:
            reader.exchange = None
        answer = answers.sentence(refused.status, str(refused))
        refusal = Fixed(self, Request(b"", b"", Fields()), answer, at_once=True)
        if self.front is None and not self.queue:
            self.front = refusal
            refusal.start()
        else:
            self.queue.append(refusal)

    def take_back(self) -> bool:
        """End the exchange whose body broke, the last one begun, if it has not answered yet."""
        if self.queue:
            self.queue.pop()
            return True
        front, self.front = self.front, None
        return front is None or front.lost()

    def linger(self) -> None:
        """Close, but let the client read the answer before it learns that we stopped."""
        self.discarding = True
        if self.reader is not None:
            self.reader.exchange = None
        self.queue.clear()
        self.deadline = self.connections.now + LINGER_SECONDS
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.free(self.held)

    def expire(self) -> None:
        """Nothing came in time: no request, no end of one's head; or nobody read the answer."""
        if self.transport.is_closing():
            self.transport.abort()
        elif self.discarding or self.reader is None or not self.reader.waiting:
            self.deadline = self.connections.now + IDLE_SECONDS
            self.transport.close()
        else:
            self.refuse(Refused(408, f"a head must come within {HEAD_SECONDS:.0f} s"))
