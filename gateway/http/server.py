"""A client's connection: HTTP/1.1 in, one exchange after the other, answers in order."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import httptools

from gateway.http import answers, headers
from gateway.http.exchange import Exchange, Hold
from gateway.http.fixed import Fixed
from gateway.http.request import Refused, Request, cause

if TYPE_CHECKING:
    from gateway.http.connections import Connections

HEAD_LIMIT = 65_536
HEAD_SECONDS = 15.0
IDLE_SECONDS = 75.0
LINGER_SECONDS = 2.0
TOO_LONG = Refused(431, f"a head must have at most {HEAD_LIMIT} bytes")
TOO_MUCH_FRAMING = Refused(431, f"chunks and trailers must have lines of {HEAD_LIMIT} bytes")

Route = Callable[[Request, "Connection"], Exchange]


class Connection(asyncio.Protocol):
    """Parses requests, keeps their exchanges in order, and closes when HTTP says so."""

    __slots__ = (
        "advancing",
        "connections",
        "deadline",
        "discarding",
        "front",
        "head_size",
        "held",
        "in_body",
        "loop",
        "parser",
        "paused",
        "peer",
        "queue",
        "receiving",
        "request",
        "route",
        "transport",
    )

    transport: asyncio.Transport

    def __init__(self, route: Route, connections: "Connections") -> None:
        self.route = route
        self.connections = connections
        self.loop = connections.loop
        self.parser = httptools.HttpRequestParser(self)
        self.request = Request()
        self.front: Exchange | None = None
        self.receiving: Exchange | None = None
        self.queue: deque[Exchange] = deque()
        self.held, self.peer, self.head_size = Hold.NOTHING, b"", 0
        self.deadline = self.loop.time() + HEAD_SECONDS
        self.in_body = self.paused = self.discarding = self.advancing = False

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
        del self.parser  # It knows us: what it holds would wait for a collector that idles.
        self.discarding = True
        self.queue.clear()
        if self.front is not None:
            self.front.lost()
        self.front = self.receiving = None

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
        if self.discarding:
            return
        if not (self.in_body or self.head_size):
            self.deadline = self.loop.time() + HEAD_SECONDS
        # In a body it counts what brings none of it: the parser copies a trailer at each piece.
        self.head_size += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self.decline(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            self.refuse(cause(error))
        if self.head_size > HEAD_LIMIT:
            self.refuse(TOO_MUCH_FRAMING if self.in_body else TOO_LONG)

    # The parser's side

    def on_message_begin(self) -> None:
        if not self.in_body:
            self.request = Request()

    def on_url(self, piece: bytes) -> None:
        if not self.in_body:
            self.request.target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if self.in_body:  # A trailer: it was not announced to the function.
            return
        if lower in headers.NOTED_IN_REQUEST:
            self.request.note(lower, value)
        else:
            self.request.lines.append(b"%b: %b\r\n" % (name, value))

    def on_headers_complete(self) -> None:
        if self.discarding or self.in_body:
            return
        request = self.request
        if self.head_size > HEAD_LIMIT and request.head_size() > HEAD_LIMIT:
            raise TOO_LONG
        request.method = self.parser.get_method()
        request.keep_alive = self.parser.should_keep_alive()
        request.check(self.parser.get_http_version())
        # The parser leaves off at an upgrade that was offered, even where a body follows.
        request.offers = request.offers and not request.bare and self.parser.should_upgrade()
        self.in_body = True
        self.head_size = 0
        self.receiving = exchange = self.route(request, self)
        if not (self.front or self.queue or self.paused):  # who does not read, waits
            self.front = exchange
            exchange.start()
        else:
            self.queue.append(exchange)
            self.hold(Hold.PIPELINE)

    def on_body(self, piece: bytes) -> None:
        self.head_size = 0
        if self.receiving is not None:
            self.receiving.feed(piece)

    def on_message_complete(self) -> None:
        if self.request.offers:
            return
        self.in_body, self.head_size = False, 0
        self.request.complete = True
        if self.receiving is not None:
            self.receiving.end()

    def decline(self, rest: bytes) -> None:
        """Go on as if no upgrade had been offered: nobody has to take one."""
        if self.request.offers:
            self.request.offers = False
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(self.request.head_of_rest())
        if rest:
            self.data_received(rest)

    def finish(self, request: Request) -> None:
        """Go on: the front exchange has written its whole answer."""
        self.front = None
        if not request.complete:
            self.linger()
        elif not request.keep_alive:
            self.discarding = True
            self.queue.clear()
            self.transport.close()
        else:
            self.deadline = self.loop.time() + IDLE_SECONDS
            if self.queue and not self.advancing:
                self.advance()

    def advance(self) -> None:
        # A loop, because a thousand pipelined requests that answer at once would recurse.
        self.advancing = True
        while self.queue and not (self.front or self.paused):
            self.front = self.queue.popleft()
            self.front.start()
        self.advancing = False
        if not self.queue:
            self.free(Hold.PIPELINE)

    def hold(self, reason: int) -> None:
        if not self.held and not self.transport.is_closing():
            self.transport.pause_reading()
        self.held |= reason

    def free(self, reason: int) -> None:
        if self.held & reason:
            self.held &= ~reason
            if not self.held and not self.transport.is_closing():
                self.transport.resume_reading()

    def refuse(self, refused: Refused) -> None:
        """Answer what cannot be parsed, behind the answers that are still owed."""
        if self.discarding:
            return
        self.discarding = True
        if self.in_body and not self.take_back():
            self.transport.abort()
            return
        self.receiving = None
        answer = answers.sentence(refused.status, str(refused))
        refusal = Fixed(self, Request(), answer, at_once=True)
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
        self.receiving = None
        self.queue.clear()
        self.deadline = self.loop.time() + LINGER_SECONDS
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.free(self.held)

    def expire(self) -> None:
        """Nothing came in time: no request, or no end of one's head."""
        if self.discarding or not self.head_size:
            self.transport.close()
        else:
            self.refuse(Refused(408, f"a head must come within {HEAD_SECONDS:.0f} s"))
