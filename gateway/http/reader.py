"""Requests read by the parser: in any pieces, with any framing, and what must be refused."""

from typing import TYPE_CHECKING

import httptools

from gateway.http import headers
from gateway.http.exchange import Exchange
from gateway.http.fields import Fields, Refused
from gateway.http.quick import HEAD_LIMIT
from gateway.http.request import Request, cause

if TYPE_CHECKING:
    from gateway.http.server import Connection

TOO_LONG = Refused(431, f"a head must have at most {HEAD_LIMIT} bytes")
TOO_MUCH_FRAMING = Refused(431, f"chunks and trailers must have lines of {HEAD_LIMIT} bytes")


class Reader:
    """One connection's parser; `size` counts what has brought neither a head nor a body yet."""

    __slots__ = (
        "begun",
        "connection",
        "exchange",
        "fields",
        "in_body",
        "parser",
        "request",
        "size",
        "target",
    )

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.parser = httptools.HttpRequestParser(self)
        self.fields, self.target, self.size = Fields(), b"", 0
        self.request: Request | None = None
        self.exchange: Exchange | None = None
        # Of a message that follows another in one read, the first bytes are not in `size`.
        self.begun = self.in_body = False

    @property
    def waiting(self) -> bool:
        """Whether a message has begun and not ended."""
        return self.begun or self.in_body or self.size > 0

    def read(self, data: bytes) -> None:
        # In a body it counts what brings none of it: the parser copies a trailer at each piece.
        self.size += len(data)
        rest: bytes | None = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            self.connection.refuse(cause(error))
        if rest is not None:
            self.decline(rest)
        if self.size > HEAD_LIMIT:
            self.connection.refuse(TOO_MUCH_FRAMING if self.in_body else TOO_LONG)

    def decline(self, rest: bytes) -> None:
        """Go on as if no upgrade had been offered; only a function may take one."""
        request = self.request
        if request is None:
            return
        if self.in_body:
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(request.head_of_rest())
        if request.websocket and not self.connection.discarding:
            self.connection.keep_back(rest)
        elif rest:
            self.connection.data_received(rest)

    def close(self) -> None:
        """Let go of the parser, which knows us: a collector that idles would not find it."""
        self.exchange = None
        del self.parser

    # The parser's side

    def on_message_begin(self) -> None:
        self.begun = True
        if not self.in_body:
            self.fields, self.target = Fields(), b""

    def on_url(self, piece: bytes) -> None:
        if not self.in_body:
            self.target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.in_body:  # A trailer: it was not announced to the function.
            return
        lower = name.lower()
        if lower in headers.NOTED_IN_REQUEST:
            self.fields.note(lower, value.strip())
        else:
            self.fields.lines.append(b"%b: %b\r\n" % (name, value))

    def on_headers_complete(self) -> None:
        if self.connection.discarding or self.in_body:
            return
        request = Request(self.parser.get_method(), self.target, self.fields)
        if self.size > HEAD_LIMIT and request.head_size() > HEAD_LIMIT:
            raise TOO_LONG
        request.keep_alive = self.parser.should_keep_alive()
        request.check(self.parser.get_http_version())
        request.websocket = request.offers_websocket()
        self.in_body, self.size = True, 0
        self.request = request
        self.exchange = self.connection.begin(request)

    def on_body(self, piece: bytes) -> None:
        self.size = 0
        if self.exchange is not None:
            self.exchange.feed(piece)

    def on_message_complete(self) -> None:
        request = self.request
        # The parser leaves off at an upgrade that was offered, even where a body follows.
        if request is None or not (request.bare or not self.parser.should_upgrade()):
            return
        self.begun = self.in_body = False
        self.size = 0
        request.complete = True
        if self.exchange is not None:
            self.exchange.end()
