"""What the header lines of a request say to the gateway, and what of them it passes on."""

import math
import re
from collections.abc import Callable

from gateway.http import headers
from shared import durations

HOST = re.compile(rb"[-A-Za-z0-9._~%!$&'()*+,;=:\[\]]*")
# W3C Trace Context; only after version 00 may more follow.
TRACE = re.compile(
    rb"(?!ff|00.{54})[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
KEEPING = frozenset({b"close", b"keep-alive"})


class Refused(Exception):
    """The request breaks a rule of HTTP; the answer is `status`, and the connection's end."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Fields:
    """`lines` pass unread. Requests with the same headers on one connection share these."""

    # What few requests say stands here, so that it costs the others nothing.
    host: bytes | None = None
    length: int | None = None
    chunked = expects = closing = switches = False
    upgrade = call_id = forwarded_for = forwarded_host = forwarded_proto = b""
    timeout = math.inf
    trace: bytes | None = None
    states: tuple[bytes, ...] = ()
    dropped: frozenset[bytes] = frozenset()
    onward = b""

    def __init__(self, block: bytes = b"") -> None:
        self.block = block
        self.lines: list[bytes] = []

    def note(self, name: bytes, value: bytes) -> None:
        """Take a header that says something to the gateway itself."""
        reader = READERS.get(name)
        if reader is not None:
            reader(self, value)

    @property
    def plain(self) -> bool:
        """Whether a head that says this is unusual in nothing."""
        return self.host is not None and not (
            self.chunked or self.expects or self.upgrade or self.dropped or self.switches
        )

    def to_function(self, peer: bytes) -> bytes:
        """Give the lines that every call with these headers carries; kept in `onward`."""
        host = self.host or b""
        lines = headers.without(self.lines, self.dropped) if self.dropped else self.lines
        parts = [
            b"Host: %b\r\n" % host,
            *lines,
            b"X-Forwarded-For: %b\r\n" % (self.forwarded_for or peer),
            b"X-Forwarded-Host: %b\r\n" % (self.forwarded_host or host),
            b"X-Forwarded-Proto: %b\r\n" % (self.forwarded_proto or b"http"),
        ]
        # A trace that cannot be read is begun anew, without the state of the old one.
        if self.trace:
            parts.append(b"traceparent: %b\r\n" % self.trace)
            parts += [b"tracestate: %b\r\n" % state for state in self.states]
        self.onward = b"".join(parts)
        return self.onward


def read_host(fields: Fields, value: bytes) -> None:
    if fields.host is not None:
        raise Refused(400, "a request must have one Host header")
    if not HOST.fullmatch(value):
        raise Refused(400, "Host must be a name or an address, and a port")
    fields.host = value


def read_length(fields: Fields, value: bytes) -> None:
    if fields.length is not None or not value.isdigit():
        raise Refused(400, "a request must have one Content-Length, a whole number")
    if len(value) > 19:
        raise Refused(413, "Content-Length must have at most 19 digits")
    fields.length = int(value)


def read_encoding(fields: Fields, value: bytes) -> None:
    if fields.chunked or value.lower() != b"chunked":
        raise Refused(501, "Transfer-Encoding must be chunked alone")
    fields.chunked = True


def read_expect(fields: Fields, value: bytes) -> None:
    if value.lower() != b"100-continue":
        raise Refused(417, "Expect must be 100-continue")
    fields.expects = True


def read_connection(fields: Fields, value: bytes) -> None:
    if value.lower() == b"keep-alive":
        return  # As nearly all say, and as it would be anyway.
    found = headers.tokens(value)
    fields.closing = fields.closing or b"close" in found
    fields.switches = fields.switches or b"upgrade" in found
    fields.dropped |= found - KEEPING - headers.NOTED_IN_REQUEST


def read_proxy_connection(fields: Fields, value: bytes) -> None:
    # No header of today's HTTP, but the parser closes for it, too.
    fields.closing = fields.closing or b"close" in headers.tokens(value)


def read_upgrade(fields: Fields, value: bytes) -> None:
    fields.upgrade = fields.upgrade + b"," + value if fields.upgrade else value or b","


def read_timeout(fields: Fields, value: bytes) -> None:
    fields.lines.append(b"X-Timeout: %b\r\n" % value)
    if value.isascii() and not value.isdigit():
        # What is no duration of Go says nothing, as to of-watchdog; nor does zero.
        found = durations.seconds(value.decode(), 0.0) or math.inf
        fields.timeout = min(fields.timeout, found)


def read_trace(fields: Fields, value: bytes) -> None:
    first = fields.trace is None  # Two say nothing.
    fields.trace = value if first and TRACE.fullmatch(value) else b""


def read_state(fields: Fields, value: bytes) -> None:
    fields.states += (value,)


def keeping(name: str) -> Callable[[Fields, bytes], None]:
    """Keep the first value that is not empty."""

    def read(fields: Fields, value: bytes) -> None:
        if not getattr(fields, name):
            setattr(fields, name, value)

    return read


READERS: dict[bytes, Callable[[Fields, bytes], None]] = {
    b"host": read_host,
    b"content-length": read_length,
    b"transfer-encoding": read_encoding,
    b"expect": read_expect,
    b"connection": read_connection,
    b"proxy-connection": read_proxy_connection,
    b"upgrade": read_upgrade,
    b"x-timeout": read_timeout,
    b"traceparent": read_trace,
    b"tracestate": read_state,
    b"x-call-id": keeping("call_id"),
    b"x-forwarded-for": keeping("forwarded_for"),
    b"x-forwarded-host": keeping("forwarded_host"),
    b"x-forwarded-proto": keeping("forwarded_proto"),
}
