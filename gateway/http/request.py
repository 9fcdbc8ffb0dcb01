"""One request as its head describes it: how its body is framed, and what may be forwarded."""

import httptools

from gateway.http import headers

# A body up to this size is awaited, so that it leaves in one write and can be sent again.
SMALL = 65_536
VERSIONS = frozenset({"1.1", "1.0"})


class Refused(Exception):
    """The request breaks a rule of HTTP; the answer is `status`, and the connection's end."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def cause(error: httptools.HttpParserError) -> Refused:
    """Find what a callback raised, which the parser wraps, or what the parser found itself."""
    if isinstance(error.__context__, Refused):
        return error.__context__
    if isinstance(error, httptools.HttpParserCallbackError):
        raise error
    return Refused(400, f"the request must be HTTP/1.1: {error}")


class Request:
    """Filled by the parser, header by header; `lines` are the headers that pass unread."""

    __slots__ = (
        "call_id",
        "chunked",
        "complete",
        "dropped",
        "expects",
        "forwarded_for",
        "forwarded_host",
        "host",
        "keep_alive",
        "length",
        "lines",
        "method",
        "offers",
        "old",
        "target",
    )

    def __init__(self) -> None:
        self.method = b""
        self.target = b""
        self.lines: list[bytes] = []
        self.host: bytes | None = None
        self.length: int | None = None
        self.chunked = False
        self.expects = False
        self.keep_alive = True
        self.old = False
        self.offers = False
        self.complete = False
        self.call_id = b""
        self.forwarded_for = b""
        self.forwarded_host = b""
        self.dropped: set[bytes] | None = None

    @property
    def awaited(self) -> bool:
        """Whether to wait for the whole body before doing anything with it."""
        return self.length is not None and self.length <= SMALL and not self.expects

    @property
    def bare(self) -> bool:
        return self.length is None and not self.chunked

    def head_size(self) -> int:
        return len(self.target) + sum(map(len, self.lines))

    def header(self, name: bytes) -> bytes | None:
        """Find one of the headers that pass unread; slow, for the control side."""
        prefix = name + b":"
        for line in self.lines:
            if line[: len(prefix)].lower() == prefix:
                return line[len(prefix) :].strip()
        return None

    def note(self, name: bytes, value: bytes) -> None:
        """Take a header that says something to the gateway itself."""
        reader = READERS.get(name)
        if reader is not None:
            reader(self, value)

    def head_of_rest(self) -> bytes:
        """Give a head under which a new parser reads the body of this request."""
        framing = (
            b"Transfer-Encoding: chunked"
            if self.length is None
            else b"Content-Length: %d" % self.length
        )
        return b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing

    def check(self, version: str) -> None:
        """Refuse a head that two servers might read in two ways."""
        if version not in VERSIONS:
            raise Refused(505, f"a request must be HTTP/1.1, got {version}")
        self.old = version == "1.0"
        if self.host is None and not self.old:
            raise Refused(400, "a request must have one Host header")
        if self.chunked and (self.old or self.length is not None):
            raise Refused(400, "a request must have one framing: Content-Length or chunked")
        if not self.target.isascii():
            raise Refused(400, "a target must be ASCII, with other characters percent-encoded")
        if not self.target.startswith(b"/"):
            self.target = path_of(self.target)


def path_of(target: bytes) -> bytes:
    scheme, separator, rest = target.partition(b"://")
    if separator and scheme.lower() in {b"http", b"https"}:
        _, slash, path = rest.partition(b"/")
        return slash + path or b"/"
    if target == b"*":
        return b"/*"
    raise Refused(400, "a target must be a path")


def read_host(request: Request, value: bytes) -> None:
    if request.host is not None:
        raise Refused(400, "a request must have one Host header")
    request.host = value


def read_length(request: Request, value: bytes) -> None:
    if request.length is not None or not value.isdigit():
        raise Refused(400, "a request must have one Content-Length, a whole number")
    request.length = int(value)


def read_encoding(request: Request, value: bytes) -> None:
    if request.chunked or value.lower() != b"chunked":
        raise Refused(501, "Transfer-Encoding must be chunked alone")
    request.chunked = True


def read_expect(request: Request, value: bytes) -> None:
    if value.lower() != b"100-continue":
        raise Refused(417, "Expect must be 100-continue")
    request.expects = True


def read_connection(request: Request, value: bytes) -> None:
    named = headers.tokens(value) - {b"close", b"keep-alive"} - headers.NOTED_IN_REQUEST
    if named:
        request.dropped = (request.dropped or set()) | named


def read_upgrade(request: Request, _value: bytes) -> None:
    request.offers = True


def read_call_id(request: Request, value: bytes) -> None:
    request.call_id = request.call_id or value


def read_forwarded_for(request: Request, value: bytes) -> None:
    request.forwarded_for = request.forwarded_for or value


def read_forwarded_host(request: Request, value: bytes) -> None:
    request.forwarded_host = request.forwarded_host or value


READERS = {
    b"host": read_host,
    b"content-length": read_length,
    b"transfer-encoding": read_encoding,
    b"expect": read_expect,
    b"connection": read_connection,
    b"upgrade": read_upgrade,
    b"x-call-id": read_call_id,
    b"x-forwarded-for": read_forwarded_for,
    b"x-forwarded-host": read_forwarded_host,
}
