"""Which headers pass, which stop here, and which the gateway adds."""

from collections.abc import Set as AbstractSet
from http import HTTPStatus

# They belong to one connection, not to the message (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"proxy-connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Of a request, read by the gateway; all others are copied without a look.
NOTED_IN_REQUEST = HOP_BY_HOP | {
    b"content-length",
    b"expect",
    b"host",
    b"traceparent",
    b"tracestate",
    b"x-call-id",
    b"x-start-time",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-timeout",
}
NOTED_IN_RESPONSE = HOP_BY_HOP | {
    b"content-length",
    b"x-call-id",
    b"x-duration-seconds",
    b"x-served-by",
    b"x-start-time",
}
STATUS_LINES = {
    status.value: b"HTTP/1.1 %d %b\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
}
WITHOUT_BODY = frozenset({204, 304})


def status_line(status: int) -> bytes:
    return STATUS_LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def tokens(value: bytes) -> frozenset[bytes]:
    return frozenset(token for part in value.lower().split(b",") if (token := part.strip()))


def without(lines: list[bytes], names: AbstractSet[bytes]) -> list[bytes]:
    """Drop what a Connection header has named as belonging to one connection."""
    return [line for line in lines if line[: line.index(b":")].lower() not in names]
