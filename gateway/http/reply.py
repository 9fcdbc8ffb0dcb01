"""The head of a function's answer, as far as the gateway reads it."""

from gateway.http import headers, heads


class Reply:
    """`lines` pass unread; `length` and `chunked` say how the body is framed."""

    length: int | None = None
    chunked = False
    # Whether the function keeps the connection.
    lasting = True
    call_id = upgrade = b""
    dropped: frozenset[bytes] = frozenset()

    def __init__(self, status: int) -> None:
        self.status = status
        self.front = b""
        self.lines: list[bytes] = []

    def note(self, name: bytes, value: bytes) -> None:
        """Take a header that says something to the gateway itself."""
        if name == b"content-length":
            if self.length is not None or not value.isdigit():
                raise ValueError("an answer must have one Content-Length, a whole number")
            self.length = int(value)
        elif name == b"transfer-encoding":
            self.chunked = True
        elif name == b"connection":
            found = headers.tokens(value)
            self.lasting = self.lasting and b"close" not in found
            self.dropped |= found - {b"close", b"keep-alive"}
        elif name == b"x-call-id":
            self.call_id = value
        elif name == b"upgrade":
            self.upgrade = value

    def finish(self) -> None:
        """Write the lines that each client gets that is answered so; all of them have come."""
        lines = headers.without(self.lines, self.dropped) if self.dropped else self.lines
        framing = b"" if self.length is None else heads.length(self.length)
        self.front = b"".join((headers.status_line(self.status), *lines, framing))

    @property
    def plain(self) -> bool:
        """Whether a head that says this is unusual in nothing."""
        without = self.status in headers.WITHOUT_BODY
        return without == (self.length is None) and not (
            self.chunked or self.dropped or self.upgrade
        )
