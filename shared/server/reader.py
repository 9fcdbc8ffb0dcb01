"""From the bytes of a connection to its requests, refusing what can be read in two ways."""

from typing import TYPE_CHECKING

import httptools

from shared.server.exchange import Exchange
from shared.server.heads import LOWER, Headers, Refused, scope_of

if TYPE_CHECKING:
    from shared.server.connection import Connection

HEAD_LIMIT = 65_536
MOST_HEADERS = 256
TOO_LONG = Refused(431, f"a head must have at most {HEAD_LIMIT} bytes")
TOO_MANY = Refused(431, f"a head must have at most {MOST_HEADERS} headers")
NOTED = frozenset({b"host", b"expect", b"transfer-encoding", b"content-length"})


class Reader:
    """What the parser calls; it hands on exchanges, pieces of their bodies, and their ends."""

    __slots__ = (
        "connection",
        "expects",
        "framing",
        "headers",
        "hosts",
        "in_body",
        "parser",
        "reparsing",
        "target",
        "unread",
    )

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.parser = httptools.HttpRequestParser(self)
        self.in_body = self.reparsing = False
        # Bytes of a head, or of the framing of a body that bring none of it.
        self.unread = 0
        self.on_message_begin()

    def feed(self, piece: bytes) -> None:
        """Read on; raises Refused."""
        self.unread += len(piece)
        try:
            while piece:
                try:
                    self.parser.feed_data(piece)
                    break
                except httptools.HttpParserUpgrade as upgrade:
                    piece = piece[upgrade.args[0] :]
                    self.decline()
        except httptools.HttpParserError as error:
            raise cause(error) from None
        if self.unread > HEAD_LIMIT:
            raise TOO_LONG

    # From the parser

    def on_message_begin(self) -> None:
        if not self.reparsing:
            self.target = self.framing = b""
            self.headers: Headers = []
            self.hosts = 0
            self.expects = False

    def on_url(self, piece: bytes) -> None:
        if not self.reparsing:
            self.target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = LOWER.get(name)
        if lower is None:
            lower = name.lower()
            if lower in NOTED and not self.in_body:
                self.note(lower, value.rstrip())
        self.headers.append((lower, value.rstrip()))

    def note(self, name: bytes, value: bytes) -> None:
        """Take a header that the server itself must understand."""
        if name == b"host":
            self.hosts += 1
        elif name == b"expect":
            if value.lower() != b"100-continue":
                raise Refused(417, "Expect must be 100-continue")
            self.expects = True
        else:
            if name == b"transfer-encoding" and value.lower() != b"chunked":
                raise Refused(501, "Transfer-Encoding must be chunked alone")
            self.framing = b"%b: %b\r\n" % (name, value)

    def on_headers_complete(self) -> None:
        if self.reparsing:
            return
        parser = self.parser
        version, method = parser.get_http_version(), parser.get_method()
        if version != "1.1" or self.hosts != 1 or method == b"CONNECT":
            self.check(version, method)
        if self.unread > HEAD_LIMIT:
            self.measure()
        headers = self.headers
        if len(headers) > MOST_HEADERS:
            raise TOO_MANY
        scope = scope_of(method, self.target, version, headers, self.connection.ends)
        exchange = Exchange(self.connection, scope, parser.should_keep_alive())
        exchange.expects = self.expects
        self.unread = 0
        self.in_body = True
        self.headers = []  # for trailers, which nobody is told
        self.connection.take(exchange)

    def check(self, version: str, method: bytes) -> None:
        if version not in {"1.1", "1.0"}:
            raise Refused(505, f"a request must be HTTP/1.1, got {version}")
        if method == b"CONNECT":
            raise Refused(501, "a function is no proxy: CONNECT is not for it")
        if self.hosts > 1 or (version == "1.1" and not self.hosts):
            raise Refused(400, "a request must have one Host header")
        if self.framing.startswith(b"transfer-encoding"):
            raise Refused(400, "a request in HTTP/1.0 has no chunks")
        self.expects = False

    def measure(self) -> None:
        """Tell a long head from a short one that came together with others."""
        size = sum(len(name) + len(value) for name, value in self.headers)
        if size + len(self.target) > HEAD_LIMIT:
            raise TOO_LONG

    def on_body(self, piece: bytes) -> None:
        self.unread = 0
        self.connection.take_piece(piece)

    def on_message_complete(self) -> None:
        # The parser leaves off at an offered upgrade, even where a body follows.
        if self.framing and not self.reparsing and self.parser.should_upgrade():
            return
        self.in_body = self.reparsing = False
        self.unread = 0
        self.connection.take_end()

    def decline(self) -> None:
        """Go on as if no upgrade had been offered: nobody has to take one."""
        self.parser = httptools.HttpRequestParser(self)
        if self.in_body:
            # A parser that begins here must be told how the body of that head is framed.
            self.reparsing = True
            self.parser.feed_data(b"POST / HTTP/1.1\r\n%b\r\n" % self.framing)


def cause(error: httptools.HttpParserError) -> Exception:
    """Find what a callback raised, which the parser wraps, or what the parser found itself."""
    if isinstance(error.__context__, Refused):
        return error.__context__
    if isinstance(error, httptools.HttpParserCallbackError):
        return error
    return Refused(400, f"the request must be HTTP/1.1: {error}")
