"""Look for bytes that the HTTP path reads in two ways; `tests/README.md` says how to run it.

Any bytes come from a client: whole, in pieces, and read by the parser alone, the functions must
be asked the same, each as one message, and the client be answered the same. Any bytes come from
a function: its client gets one answer that can be read, or none, and the same from pieces.
"""

import asyncio
import contextlib
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import atheris  # type: ignore[import-untyped] # installed by who fuzzes
import httptools

with atheris.instrument_imports(include=["gateway.http", "gateway.calls"]):
    from gateway.http import quick
    from tests.unit.gateway.fakes import FakeTransport
    from tests.unit.gateway.stage import Stage

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
OWN = (
    *(b"x-call-id", b"x-start-time", b"x-duration-seconds", b"traceparent"),
    *(b"content-length", b"transfer-encoding"),
)


Outcome = tuple[list["Message | None"], tuple[int, int], bool]


@dataclass
class Message:
    """What the receiver of a message makes of it."""

    start: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    messages: int = 0
    ended: bool = False

    def on_message_begin(self) -> None:
        self.messages += 1

    def on_url(self, piece: bytes) -> None:
        self.start += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() not in OWN:
            self.headers.append((name.lower(), value.strip()))

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.ended = True


def asked(data: bytes) -> Message | None:
    """Read what a function was sent; it must be one request, or the beginning of one."""
    if not data:
        return None
    message = Message()
    with contextlib.suppress(httptools.HttpParserUpgrade):
        httptools.HttpRequestParser(message).feed_data(data)
    assert message.messages == 1, data
    return message


class Played:
    """One connection, with a function that answers when it has been asked something whole."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.connection = stage.connections.accept()
        self.client = FakeTransport()
        self.connection.connection_made(self.client)
        self.requests: list[Message | None] = []

    def send(self, piece: bytes) -> None:
        if self.client.closed:
            return
        self.connection.data_received(piece)
        while self.answer():
            pass

    def answer(self) -> bool:
        """Answer the call under way, if all of it has come; there is always a free function."""
        for upstream, transport in self.stage.upstreams:
            if upstream.call is not None and upstream.call.request.complete:
                self.requests.append(asked(transport.take()))
                upstream.data_received(ANSWER)
                if not self.stage.replica.idle:
                    self.stage.upstreams.append(self.stage.connected())
                return True
        return False

    def end(self) -> Outcome:
        """Leave; give what was asked, what was answered, and whether the gateway closed."""
        closed = self.client.closed or self.client.ended
        self.connection.connection_lost(None)
        for upstream, transport in self.stage.upstreams:
            transport.take()
            self.stage.replica.forget(upstream)
        self.stage.upstreams[:] = []
        self.stage.replica.idle.clear()
        # Of two faults in one head, pieces show the one first and the whole the other; and who
        # has sent the body already is not told to go on.
        said = self.client.take()
        refused = said.count(b"HTTP/1.1 4") + said.count(b"HTTP/1.1 5")
        answers = (said.count(b"HTTP/1.1 200 "), refused)
        assert self.stage.in_flight == (0, 0, 0)
        return self.requests, answers, closed


def play(stage: Stage, pieces: list[bytes]) -> Outcome:
    stage.upstreams.append(stage.connected())
    played = Played(stage)
    for piece in pieces:
        played.send(piece)
    return played.end()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def client_says(stage: Stage, size: int, data: bytes) -> None:
    whole = play(stage, [data])
    assert play(stage, cut(data, size)) == whole
    reading, quick.request = quick.request, lambda _head, _last: None  # type: ignore[assignment] # for once
    try:
        assert play(stage, [data]) == whole
    finally:
        quick.request = reading


def function_says(stage: Stage, size: int, data: bytes) -> None:
    answers = []
    for pieces in ([data], cut(data, size)):
        stage.upstreams.append(stage.connected())
        played = Played(stage)
        upstream, transport = stage.upstreams[-1]
        played.connection.data_received(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        for piece in pieces:
            if not transport.closed:
                upstream.data_received(piece)
        upstream.connection_lost(None)
        message = Message()
        parser = httptools.HttpResponseParser(message)
        parser.feed_data(bytes(played.client.written))
        assert message.messages <= 1
        broken = not message.ended or b"X-OpenFaaS-Internal: " in played.client.written
        answers.append(None if broken else (parser.get_status_code(), message.body))
        stage.upstreams[:] = []
        played.end()
    assert answers[0] == answers[1]


def main() -> None:
    loop = asyncio.new_event_loop()

    async def staged() -> Stage:
        return Stage(Path(tempfile.mkdtemp()), {})

    stage = loop.run_until_complete(staged())

    async def once(data: bytes) -> None:
        kind, size, rest = data[0] & 1, data[1] % 32 + 1, data[2:]
        (function_says if kind else client_says)(stage, size, rest)

    def test(data: bytes) -> None:
        if len(data) > 2:
            loop.run_until_complete(once(data))

    atheris.Setup(sys.argv, test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
