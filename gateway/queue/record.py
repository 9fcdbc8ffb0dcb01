"""A call as it waits in RabbitMQ: all that is needed to make it later."""

import msgspec

from gateway.http import headers
from gateway.http.request import Request
from gateway.wire import DEFAULT_NAMESPACE

AGENT = b"fanfold-queue-worker"
KIND = "application/vnd.fanfold.call+msgpack"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """`function` is the name as it was called; `target` is what the function will see."""

    function: str
    target: bytes
    # The lines that the caller's request would have carried to the function.
    lines: list[bytes]
    call_id: str
    # When it was accepted, in nanoseconds: the call's X-Start-Time, however late it is made.
    stamp: int
    callback: str
    body: bytes

    @property
    def full_name(self) -> str:
        return full_name(self.function)

    def head(self) -> bytes:
        """Write the request that makes the call; its connection serves no other."""
        return b"".join(
            (
                b"POST /function/%b%b HTTP/1.1\r\n" % (self.function.encode(), self.target),
                *self.lines,
                b"User-Agent: %b\r\nX-Call-Id: %b\r\n"
                % (AGENT, self.call_id.encode("latin-1")),
                b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(self.body),
            )
        )


def full_name(name: str) -> str:
    """Complete a name with the namespace that it leaves out."""
    return name if "." in name else f"{name}.{DEFAULT_NAMESPACE}"


def travelling(request: Request, peer: bytes) -> list[bytes]:
    """Give the lines that travel with the call: all but for the name of who sends it."""
    lines = request.fields.to_function(peer).splitlines(keepends=True)
    return headers.without(lines, {b"user-agent"})


encode = msgspec.msgpack.encode
_decoder = msgspec.msgpack.Decoder(Record)


def decode(body: bytes) -> Record:
    return _decoder.decode(body)
