"""One request as its head describes it: how its body is framed, and what becomes of it."""

import httptools

from gateway.http.fields import Fields, Refused

# A body up to this size is awaited, so that it leaves in one write and can be sent again.
SMALL = 65_536
VERSIONS = frozenset({"1.1", "1.0"})


def cause(error: httptools.HttpParserError) -> Refused:
    """Find what a callback raised, which the parser wraps, or what the parser found itself."""
    if isinstance(error.__context__, Refused):
        return error.__context__
    if isinstance(error, httptools.HttpParserCallbackError):
        raise error
    return Refused(400, f"the request must be HTTP/1.1: {error}")


class Request:
    """What was asked; `complete` says that all of the body has come."""

    keep_alive = True
    old = complete = websocket = False
    # What the router made of the target, and what functions are sent: requests repeat.
    called: tuple[bytes, bytes] | None = None
    sent = b""

    def __init__(self, method: bytes, target: bytes, fields: Fields) -> None:
        self.method = method
        self.target = target
        self.fields = fields

    @property
    def awaited(self) -> bool:
        """Whether to wait for the whole body before doing anything with it."""
        length = self.fields.length
        return length is not None and length <= SMALL and not self.fields.expects

    @property
    def bare(self) -> bool:
        return self.fields.length is None and not self.fields.chunked

    def head_size(self) -> int:
        return len(self.target) + sum(map(len, self.fields.lines))

    def header(self, name: bytes) -> bytes | None:
        """Find one of the headers that pass unread; slow, for the control side."""
        prefix = name + b":"
        for line in self.fields.lines:
            if line[: len(prefix)].lower() == prefix:
                return line[len(prefix) :].strip()
        return None

    def head_of_rest(self) -> bytes:
        """Give a head under which a new parser reads the body of this request."""
        length = self.fields.length
        framing = (
            b"Transfer-Encoding: chunked" if length is None else b"Content-Length: %d" % length
        )
        return b"POST / HTTP/1.1\r\n%b\r\n\r\n" % framing

    def check(self, version: str) -> None:
        """Refuse a head that two servers might read in two ways."""
        fields = self.fields
        if version not in VERSIONS:
            raise Refused(505, f"a request must be HTTP/1.1, got {version}")
        self.old = version == "1.0"
        if fields.host is None and not self.old:
            raise Refused(400, "a request must have one Host header")
        if fields.chunked and (self.old or fields.length is not None):
            raise Refused(400, "a request must have one framing: Content-Length or chunked")
        if not self.target.isascii():
            raise Refused(400, "a target must be ASCII, with other characters percent-encoded")
        if b"#" in self.target:
            raise Refused(400, "a target must not have a fragment")
        if not self.target.startswith(b"/"):
            self.target = path_of(self.target, fields.host)
        if self.target.startswith(b"//"):  # of who was told an address with a slash at its end
            self.target = b"/" + self.target.lstrip(b"/")

    def offers_websocket(self) -> bool:
        """Whether the client would go on as a WebSocket, if the function does."""
        return (
            self.method == b"GET"
            and self.bare
            and not self.old
            and self.fields.switches
            and self.fields.upgrade.lower() == b"websocket"
        )


def path_of(target: bytes, host: bytes | None) -> bytes:
    """Read another form of target; one that names a host must name the one of Host."""
    scheme, separator, rest = target.partition(b"://")
    if separator and scheme.lower() in {b"http", b"https"}:
        authority, slash, path = rest.partition(b"/")
        if host is not None and authority.lower() != host.lower():
            raise Refused(400, "a target must not name another host than Host does")
        return slash + path or b"/"
    if target == b"*":
        return b"/*"
    raise Refused(400, "a target must be a path")
