"""A client's connection: requests in, one exchange after the other, answers in order."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from shared.server.exchange import Exchange
from shared.server.heads import Refused, sentence
from shared.server.reader import Reader

if TYPE_CHECKING:
    from shared.server.server import Server

# More than this of a body waits in the kernel, not here.
BUFFERED = 65_536
# What may still come of a body that nobody wants, before the connection ends for it.
UNWANTED = 1 << 20
# In ticks of the server. Longer than any proxy in front keeps an idle connection: the proxy
# closes first, and no request is lost on a connection that we close at that moment.
IDLE_TICKS = 130
REQUEST_TICKS = 12
LINGER_TICKS = 1
TOO_SLOW = Refused(408, "a request must come without a long pause")


class Connection(asyncio.Protocol):
    """Keeps the order of answers, and keeps back what the application does not take yet."""

    __slots__ = (
        "drained",
        "ends",
        "front",
        "held",
        "over",
        "queue",
        "reader",
        "receiving",
        "refusal",
        "seen",
        "server",
        "transport",
        "unwanted",
    )

    transport: asyncio.Transport

    def __init__(self, server: "Server") -> None:
        self.server = server
        self.ends: tuple[Any, Any] = (None, None)
        self.reader: Reader | None = Reader(self)
        # The exchange whose answer is due, the one whose body comes, and those between.
        self.front: Exchange | None = None
        self.receiving: Exchange | None = None
        self.queue: deque[Exchange] = deque()
        self.refusal = b""
        self.drained: asyncio.Event | None = None
        self.unwanted = self.seen = 0
        self.held = self.over = False

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        own, peer = (transport.get_extra_info(name) for name in ("sockname", "peername"))
        self.ends = (address(own), address(peer) if isinstance(peer, tuple) else None)
        self.seen = self.server.ticks
        self.server.open.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self.server.forget(self)
        self.over = True
        self.reader = None  # It knows us: what it holds would wait for a collector that idles.
        if self.front is not None and not self.front.ended:
            self.front.lose()
        self.front = self.receiving = None
        self.queue.clear()
        self.resume_writing()

    def pause_writing(self) -> None:
        self.drained = asyncio.Event()

    def resume_writing(self) -> None:
        if self.drained is not None:
            self.drained.set()
            self.drained = None

    def data_received(self, data: bytes) -> None:
        if self.over or self.reader is None:
            return
        self.seen = self.server.ticks
        try:
            self.reader.feed(data)
        except Refused as refused:
            self.refuse(refused)

    # The reader's side

    def take(self, exchange: Exchange) -> None:
        if self.over:
            return
        self.receiving = exchange
        if self.front is None:
            self.begin(exchange)
        else:
            self.queue.append(exchange)
            self.flow()

    def take_piece(self, piece: bytes) -> None:
        exchange = self.receiving
        if exchange is None:
            return
        exchange.expects = False  # Its client did not wait to be told.
        if not exchange.ended:
            exchange.feed(piece)
            self.flow()
            return
        self.unwanted += len(piece)
        if self.unwanted > UNWANTED:
            self.last_words(b"")

    def take_end(self) -> None:
        exchange, self.receiving = self.receiving, None
        if exchange is not None:
            exchange.complete = True
            exchange.wake()
            if exchange.ended:
                self.finish(exchange)

    # One after the other

    def begin(self, exchange: Exchange) -> None:
        self.front = exchange
        self.unwanted = 0
        exchange.told = False
        server = self.server
        server.running.add(exchange)
        exchange.task = server.loop.create_task(exchange.run(server.application))

    def finish(self, exchange: Exchange) -> None:
        """Go on when both the request and the answer are whole."""
        if not exchange.complete:
            self.discard(exchange)
        elif exchange is not self.front:
            return
        elif not exchange.keep_alive:
            self.front = None
            self.over = True
            self.queue.clear()
            self.transport.close()
        elif self.queue:
            self.begin(self.queue.popleft())
            self.flow()
        else:
            self.front = None
            self.flow()
            if self.refusal:
                self.last_words(self.refusal)

    def discard(self, exchange: Exchange) -> None:
        """Let the rest of a body come that is not wanted, if it is certain to come."""
        exchange.buffered = 0
        if exchange.expects:
            self.last_words(b"")
        else:
            self.flow()

    def flow(self) -> None:
        """Read on, or not: for pipelined requests, or for a body that is not taken yet."""
        front = self.front
        full = bool(self.queue) or (front is not None and front.buffered > BUFFERED)
        if full is not self.held and not self.over:
            self.held = full
            if full:
                self.transport.pause_reading()
            else:
                self.transport.resume_reading()

    def refuse(self, refused: Refused) -> None:
        """Answer what cannot be parsed, behind the answers that are still owed."""
        if self.over:
            return
        answer = sentence(refused.status, str(refused))
        broken, self.receiving = self.receiving, None
        if broken is not None and broken is not self.front:
            self.queue.remove(broken)
        if self.front is None:
            self.last_words(answer)
        elif broken is self.front:
            begun, ended = broken.sent, broken.ended
            broken.lose()
            if begun and not ended:
                self.over = True
                self.transport.abort()
            else:
                self.last_words(b"" if ended else answer)
        else:
            self.refusal = answer
            self.flow()

    def last_words(self, answer: bytes) -> None:
        """Close, but let the client read the answer before it learns that we stopped."""
        self.over = True
        self.seen = self.server.ticks
        self.queue.clear()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.write_eof()
            if self.held:
                self.transport.resume_reading()

    def expire(self, ticks: int) -> None:
        """Close when what is due has not come for too long."""
        silent = ticks - self.seen
        if self.over:
            # Said its last words; where it only closes, what was written is still leaving.
            if silent > LINGER_TICKS and not self.transport.is_closing():
                self.transport.abort()
        elif self.front is None and self.reader is not None and not self.reader.unread:
            if silent > IDLE_TICKS:
                self.transport.close()
        elif (self.front is None or self.receiving is self.front) and (
            silent > REQUEST_TICKS and not self.held
        ):
            self.refuse(TOO_SLOW)


def address(name: object) -> Any:  # noqa: ANN401 - what ASGI has for it: a pair, or None
    """Give host and port, or the path of a unix socket."""
    if isinstance(name, tuple):
        return name[:2]
    return (name, None) if isinstance(name, str) and name else None
