"""The two heads of a call: of the request to the function, of the answer to the client."""

from gateway.http import headers
from gateway.http.request import Request

CHUNKED = b"Transfer-Encoding: chunked\r\n"


def to_function(
    request: Request, path: bytes, stamp: int, peer: bytes, framing: bytes
) -> bytes:
    """Pass the request on: its own headers, then who called and when."""
    lines = request.lines
    if request.dropped:
        lines = headers.without(lines, request.dropped)
    host = request.host or b""
    return b"".join(
        (
            b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (request.method, path, host),
            *lines,
            b"X-Call-Id: %b\r\nX-Start-Time: %d\r\n"
            b"X-Forwarded-For: %b\r\nX-Forwarded-Host: %b\r\n%b\r\n"
            % (
                request.call_id,
                stamp,
                request.forwarded_for or peer,
                request.forwarded_host or host,
                framing,
            ),
        )
    )


def to_client(
    request: Request, status: int, lines: list[bytes], marks: bytes, framing: bytes
) -> bytes:
    """Pass the answer on: the function's own headers, then what the gateway says."""
    return b"".join((headers.status_line(status), *lines, marks, framing, end(request)))


def end(request: Request) -> bytes:
    """Close the head, and say so where the connection will not be used again."""
    if not (request.keep_alive and request.complete):
        return b"Connection: close\r\n\r\n"
    if request.old:
        return b"Connection: keep-alive\r\n\r\n"
    return b"\r\n"


def length(size: int) -> bytes:
    return b"Content-Length: %d\r\n" % size


def chunk(pieces: list[bytes], *, first: bool) -> list[bytes]:
    """Put the pieces of a body into one chunk; the first answer begins with its head."""
    head = [pieces.pop(0)] if first else []
    size = sum(map(len, pieces))
    return [*head, b"%x\r\n" % size, *pieces, b"\r\n"] if size else head


def marks(stamp: int, seconds: float, call_id: bytes) -> bytes:
    """Say when the call began, how long it took, and, if the caller gave none, its id."""
    named = b"X-Call-Id: %b\r\n" % call_id if call_id else b""
    return b"%bX-Start-Time: %d\r\nX-Duration-Seconds: %.6f\r\nX-Served-By: fanfold\r\n" % (
        named,
        stamp,
        seconds,
    )
