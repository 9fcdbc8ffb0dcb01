"""However bytes come, a function is asked the same and a client is answered the same."""

import asyncio
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httptools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.gateway.stage import Stage

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Number: %d\r\n\r\n%b"
# What differs from call to call by its nature.
VARYING = re.compile(rb"(?m)^(X-Call-Id|X-Start-Time|X-Duration-Seconds): .*\r\n")
OWN = frozenset(
    {
        b"content-length",
        b"traceparent",
        b"transfer-encoding",
        b"x-call-id",
        b"x-start-time",
    }
)


@dataclass
class Asked:
    """One request as a function reads it."""

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
        self.headers.append((name.lower(), value.strip()))

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.ended = True


async def outcome(folder: Path, pieces: list[bytes]) -> tuple[list[Asked], bytes]:
    """Send the pieces; give what the functions were asked, and what the client was answered."""
    stage = Stage(folder, {})
    upstream, function = stage.connected()
    seen: list[Asked] = []
    for piece in pieces:
        stage.send(piece)
        while upstream.call is not None and upstream.call.request.complete:
            seen.append(read(function.take()))
            body = b"%d " % len(seen) + seen[-1].body[:7]
            upstream.data_received(ANSWER % (len(body), len(seen), body))
    stage.connections.close()
    return seen, VARYING.sub(b"", stage.client.take())


def read(message: bytes) -> Asked:
    asked = Asked()
    parser = httptools.HttpRequestParser(asked)
    with contextlib.suppress(httptools.HttpParserUpgrade):
        parser.feed_data(message)
    assert (asked.messages, asked.ended) == (1, True)
    asked.start = parser.get_method() + b" " + asked.start
    asked.headers = [each for each in asked.headers if each[0] not in OWN]
    return asked


def cased(draw: st.DrawFn, name: bytes) -> bytes:
    return bytes(
        letter ^ 32 if chr(letter).isalpha() and draw(st.booleans()) else letter
        for letter in name
    )


NAMES = (b"accept", b"x-own", b"cookie", b"connection", b"x-call-id", b"x-timeout", b"te")
VALUES = {b"connection": b"keep-alive, x-hop", b"x-timeout": b"5s", b"te": b"trailers"}
METHODS = (b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"REPORT")


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Make a request that is right, in any of the ways in which one can be written."""
    lines = [cased(draw, b"host") + b": site:8080\r\n"]
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4)):
        space = draw(st.sampled_from([b"", b" ", b"\t", b"  "]))
        value = VALUES.get(name, b"a=1; b")
        lines.append(b"%b:%b%b%b\r\n" % (cased(draw, name), space, value, space))
    body = draw(st.binary(max_size=80))
    framing, body = draw(st.sampled_from([bare, measured, chunked]))(draw, body)
    lines.insert(draw(st.integers(0, len(lines))), framing)
    path = draw(st.sampled_from([b"/", b"/a%2Fb", b"/a/b?c=%20&d", b"/x"]))
    start = b"%b %b HTTP/1.1\r\n" % (draw(st.sampled_from(METHODS)), path)
    return b"".join((start, *lines, b"\r\n", body))


def bare(_draw: st.DrawFn, _body: bytes) -> tuple[bytes, bytes]:
    return b"X-Bare: 1\r\n", b""


def measured(draw: st.DrawFn, body: bytes) -> tuple[bytes, bytes]:
    zeros = b"0" * draw(st.integers(0, 3))
    return cased(draw, b"content-length") + b": %b%d\r\n" % (zeros, len(body)), body


def chunked(draw: st.DrawFn, body: bytes) -> tuple[bytes, bytes]:
    parts: list[bytes] = []
    while body:
        size = draw(st.integers(1, len(body)))
        form = draw(st.sampled_from([b"%x", b"%X", b"00%x"]))
        extension = draw(st.sampled_from([b"", b";a", b";a=b", b';a="b;c"', b";a=b;c=d"]))
        parts.append(b"%b%b\r\n%b\r\n" % (form % size, extension, body[:size]))
        body = body[size:]
    trailer = draw(st.sampled_from([b"", b"X-Sum: 1\r\n", b"Host: other\r\nX-Call-Id: t\r\n"]))
    framing = cased(draw, b"transfer-encoding") + b": " + cased(draw, b"chunked") + b"\r\n"
    return framing, b"%b0\r\n%b\r\n" % (b"".join(parts), trailer)


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    places = sorted(draw(st.sets(st.integers(1, len(data)), max_size=12)))
    return list(pieces_of(data, places))


def pieces_of(data: bytes, places: list[int]) -> Iterator[bytes]:
    begin = 0
    for place in [*places, len(data)]:
        yield data[begin:place]
        begin = place


@settings(deadline=None)
@given(st.data(), st.lists(requests(), min_size=1, max_size=5))
def test_outcome_is_the_same_however_requests_are_cut(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, sent: list[bytes]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    stream = b"".join(sent)
    whole = asyncio.run(outcome(folder, [stream]))
    assert len(whole[0]) == len(sent)
    assert whole[1].count(b"HTTP/1.1 200 OK\r\n") == len(sent)
    assert asyncio.run(outcome(folder, sent)) == whole
    assert asyncio.run(outcome(folder, data.draw(cuts(stream)))) == whole


EVERY_SHAPE = (
    b"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"
    b"POST /b HTTP/1.1\r\nhost:x\r\nCONTENT-LENGTH: 5\r\n\r\nhello"
    b"PUT /c HTTP/1.1\r\nHost: x\r\ntransfer-encoding: Chunked\r\n\r\n"
    b'5;a="b"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nHost: y\r\n\r\n'
    b"GET /d HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    b"HEAD /e HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
)


async def test_outcome_is_the_same_when_cut_at_every_byte(tmp_path: Path) -> None:
    stream = EVERY_SHAPE.replace(b"HEAD", b"GET")
    whole = await outcome(tmp_path, [stream])
    assert [each.body for each in whole[0]] == [b"", b"hello", b"hello0123456789", b"", b""]
    for at in range(1, len(stream)):
        assert await outcome(tmp_path, [stream[:at], stream[at:]]) == whole, at
    assert await outcome(tmp_path, [bytes([byte]) for byte in stream]) == whole


@st.composite
def answers(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """Make a body, and an answer with it in pieces."""
    body = draw(st.binary(max_size=60))
    framing, sent = draw(st.sampled_from([measured, chunked]))(draw, body)
    message = b"HTTP/1.1 200 OK\r\nX-Own: 1\r\n" + framing + b"\r\n" + sent
    return body, draw(cuts(message))


@settings(deadline=None)
@given(answers())
def test_answer_is_the_same_however_it_is_cut(
    tmp_path_factory: pytest.TempPathFactory, answer: tuple[bytes, list[bytes]]
) -> None:
    body, pieces = answer

    async def answered() -> tuple[bytes, bool]:
        stage = Stage(tmp_path_factory.getbasetemp(), {})
        upstream, _ = stage.connected()
        stage.get()
        for piece in pieces:
            upstream.data_received(piece)
        stage.connections.close()
        asked = Asked()
        httptools.HttpResponseParser(asked).feed_data(stage.client.take())
        assert (asked.messages, asked.ended) == (1, True)
        assert (b"x-own", b"1") in asked.headers
        return asked.body, upstream in stage.replica.idle

    assert asyncio.run(answered()) == (body, True)
