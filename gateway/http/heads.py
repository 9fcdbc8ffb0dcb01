"""The heads of a call: what the gateway writes around the headers that pass."""

from typing import TYPE_CHECKING

from gateway.http import headers
from gateway.http.request import Request

if TYPE_CHECKING:
    from gateway.http.reply import Reply

CHUNKED = b"Transfer-Encoding: chunked\r\n"
LAST_CHUNK = b"0\r\n\r\n"
SWITCH = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
MARKS = b"%bX-Duration-Seconds: %.6f\r\nX-Served-By: fanfold\r\n"
WHOLE = b"%b" + MARKS + b"%b%b"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def to_function(request: Request, path: bytes, peer: bytes) -> bytes:
    """Begin a function's head with what is the same for each call by this request."""
    fields = request.fields
    lines = fields.onward or fields.to_function(peer)
    request.sent = b"%b %b HTTP/1.1\r\n%b" % (request.method, path, lines)
    return request.sent


def end(request: Request) -> bytes:
    """Close the head, and say so where the connection will not be used again."""
    if not (request.keep_alive and request.complete):
        return b"Connection: close\r\n\r\n"
    if request.old:
        return b"Connection: keep-alive\r\n\r\n"
    return b"\r\n"


def length(size: int) -> bytes:
    return b"Content-Length: %d\r\n" % size


def framing(request: Request, reply: "Reply") -> bytes:
    """Say how a body comes whose length is not known: in chunks, or until the end."""
    bodiless = reply.status in headers.WITHOUT_BODY or request.method == b"HEAD"
    if bodiless or reply.length is not None:
        return b""
    if request.old:
        request.keep_alive = False
        return b""
    return CHUNKED


def chunk(pieces: list[bytes], *, first: bool) -> list[bytes]:
    """Put the pieces of a body into one chunk; the first answer begins with its head."""
    head = [pieces.pop(0)] if first else []
    size = sum(map(len, pieces))
    return [*head, b"%x\r\n" % size, *pieces, b"\r\n"] if size else head
