"""Connections read HTTP the same way however it is cut, and answer in order."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http.connections import Connections
from gateway.http.fields import Fields, Refused
from gateway.http.quick import HEAD_LIMIT
from gateway.http.request import Request
from gateway.http.server import Connection
from tests.unit.gateway.fakes import FakeTransport


class Recorder:
    """An exchange that answers with the number of its body's bytes, when it is told to."""

    def __init__(self, request: Request, connection: Connection) -> None:
        self.request = request
        self.connection = connection
        self.body = b""
        self.events: list[str] = []
        self.at_once = True

    def start(self) -> None:
        self.events.append("start")
        if self.request.complete:
            self.answer()

    def feed(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        self.events.append("end")
        if "start" in self.events:
            self.answer()

    def answer(self) -> None:
        if self.at_once:
            self.connection.transport.write(b"<%d>" % len(self.body))
            self.connection.finish(self.request)

    def lost(self) -> bool:
        self.events.append("lost")
        return True

    def pause(self) -> None:
        self.events.append("pause")

    def resume(self) -> None:
        self.events.append("resume")


class Client:
    """One connection with what it made of the bytes that came."""

    def __init__(self, *, at_once: bool = True) -> None:
        self.exchanges: list[Recorder] = []
        self.at_once = at_once
        self.connections = Connections(self.route)
        self.connection = self.connections.accept()
        self.transport = FakeTransport()
        self.connection.connection_made(self.transport)

    def route(self, request: Request, connection: Connection) -> Recorder:
        exchange = Recorder(request, connection)
        exchange.at_once = self.at_once
        self.exchanges.append(exchange)
        return exchange

    def seen(self) -> list[tuple[bytes, bytes, list[bytes], bytes]]:
        return [
            (each.request.method, each.request.target, each.request.fields.lines, each.body)
            for each in self.exchanges
        ]

    def close(self) -> None:
        self.connections.close()


async def fed(data: bytes, cuts: Callable[[bytes], list[bytes]]) -> Client:
    client = Client()
    for piece in cuts(data):
        client.connection.data_received(piece)
    client.close()
    return client


def whole(data: bytes) -> list[bytes]:
    return [data]


def single_bytes(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def cut_at(at: int, data: bytes) -> list[bytes]:
    return [data[:at], data[at:]]


STREAM = (
    b"GET /function/a%2Fb?x=1 HTTP/1.1\r\nHost: x\r\nX-Own: 1\r\naccept: */*\r\n\r\n"
    b"POST /function/b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    b"POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;ext=1\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nX-Trailer: t\r\n\r\n"
    b"\r\nPUT /d HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
    b"Content-Length: 2\r\n\r\nhi"
    b"GET /e HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
    b"DELETE /f HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Last: y\r\n\r\n"
)
SEEN = [
    (b"GET", b"/function/a%2Fb?x=1", [b"X-Own: 1\r\n", b"accept: */*\r\n"], b""),
    (b"POST", b"/function/b", [], b"hello"),
    (b"POST", b"/c", [], b"abc0123456789abcdef"),
    (b"PUT", b"/d", [], b"hi"),
    (b"GET", b"/e", [], b""),
    (b"DELETE", b"/f", [b"X-Last: y\r\n"], b""),
]


@pytest.mark.parametrize("cuts", [whole, single_bytes])
async def test_connection_reads_a_stream_of_requests(
    cuts: Callable[[bytes], list[bytes]],
) -> None:
    client = await fed(STREAM, cuts)
    assert client.seen() == SEEN
    assert client.transport.written == b"<0><5><19><2><0><0>"
    assert client.transport.closed


async def test_connection_reads_the_same_when_cut_anywhere() -> None:
    for at in range(1, len(STREAM)):
        client = await fed(STREAM, partial(cut_at, at))
        assert client.seen() == SEEN, at
        assert client.transport.written == b"<0><5><19><2><0><0>", at


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1))
def test_connection_reads_the_same_in_pieces_of_any_size(sizes: list[int]) -> None:
    def cuts(data: bytes) -> list[bytes]:
        pieces: list[bytes] = []
        while data:
            size = sizes[len(pieces) % len(sizes)]
            pieces.append(data[:size])
            data = data[size:]
        return pieces

    assert asyncio.run(fed(STREAM, cuts)).seen() == SEEN


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_connection_survives_any_bytes(data: bytes) -> None:
    client = asyncio.run(fed(data, whole))
    written = bytes(client.transport.written)
    assert written[:9] in {b"", b"HTTP/1.1 "} or client.seen()


@settings(deadline=None)
@given(st.integers(0, len(STREAM) - 1), st.binary(min_size=1, max_size=3))
def test_connection_survives_a_stream_with_a_fault(at: int, fault: bytes) -> None:
    asyncio.run(fed(STREAM[:at] + fault + STREAM[at + 1 :], single_bytes))


async def test_fault_behind_a_declined_upgrade_is_refused() -> None:
    client = Client()
    client.connection.data_received(
        b"PUT /d HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 2\r\n\r\nhiGET /\r\nHost: x\r\n\r\n"
    )
    client.close()
    assert bytes(client.transport.written).startswith(b"<2>HTTP/1.1 505 ")


async def test_pipelined_requests_wait_their_turn() -> None:
    client = Client(at_once=False)
    get = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"
    client.connection.data_received(get % 1 + get % 2 + get % 3)
    assert [each.events for each in client.exchanges] == [["start", "end"], ["end"], ["end"]]
    held = client.transport.paused
    for exchange in client.exchanges:
        exchange.at_once = True
        exchange.answer()
    assert client.transport.written == b"<0><0><0>"
    assert (held, client.transport.paused) == (True, False)
    client.close()


async def test_lost_client_ends_the_front_exchange() -> None:
    client = Client(at_once=False)
    client.connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
    client.connection.connection_lost(None)
    assert [each.events for each in client.exchanges] == [["start", "end", "lost"], ["end"]]
    client.close()


async def test_slow_reader_pauses_the_front_exchange() -> None:
    client = Client(at_once=False)
    client.connection.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    client.connection.pause_writing()
    client.connection.resume_writing()
    assert client.exchanges[0].events == ["start", "pause", "resume"]
    client.close()


async def test_broken_body_takes_its_exchange_back() -> None:
    client = Client()
    client.connection.data_received(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )
    assert client.exchanges[0].events == ["start", "lost"]
    assert client.transport.written.startswith(b"HTTP/1.1 400 ")
    assert client.transport.ended
    client.close()


async def test_idle_connection_is_closed_and_a_slow_head_is_told() -> None:
    idle, slow = Client(), Client()
    slow.connection.data_received(b"GET / HTTP/1.1\r\nHost:")
    for client in (idle, slow):
        client.connection.deadline = 0
        client.connections.timer.cancel()
        client.connections.sweep()
        client.close()
    assert (bytes(idle.transport.written), idle.transport.closed) == (b"", True)
    assert slow.transport.written.startswith(b"HTTP/1.1 408 ")


async def test_endless_head_is_refused_before_it_ends() -> None:
    client = Client()
    client.connection.data_received(b"GET / HTTP/1.1\r\nX-Endless: ")
    for _ in range(HEAD_LIMIT // 1000 + 1):
        client.connection.data_received(b"a" * 1000)
    assert client.transport.written.startswith(b"HTTP/1.1 431 ")
    client.close()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/a", b"/a"),
        (b"http://host/a?b", b"/a?b"),
        (b"HTTPS://host", b"/"),
        (b"*", b"/*"),
    ],
)
def test_target_forms_are_read_as_paths(target: bytes, path: bytes) -> None:
    request = Request(b"GET", target, Fields())
    request.fields.host = b"host"
    request.check("1.1")
    assert request.target == path


@pytest.mark.parametrize(
    ("target", "rule"),
    [
        (b"host:1", "a target must be a path"),
        (b"ftp://x/y", "a target must be a path"),
        (b"", "a target must be a path"),
        (b"a", "a target must be a path"),
        (b"http://other/", "another host"),
        (b"http://host:80/", "another host"),
        (b"http://user@host/", "another host"),
        (b"/a#b", "a fragment"),
    ],
)
def test_other_targets_are_refused(target: bytes, rule: str) -> None:
    request = Request(b"GET", target, Fields())
    request.fields.host = b"host"
    with pytest.raises(Refused, match=rule):
        request.check("1.1")


@pytest.mark.parametrize("framing", [b"0\r\nX-Endless: ", b"0\r\n", b"5;x="])
async def test_framing_without_a_body_has_an_end(framing: bytes) -> None:
    client = Client()
    client.connection.data_received(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n"
    )
    client.connection.data_received(framing)
    for _ in range(65):
        client.connection.data_received(b"a" * 1024)
    client.close()
    assert bytes(client.transport.written).startswith(b"HTTP/1.1 431 ")
    assert client.exchanges[0].events == ["start", "lost"]


async def test_a_long_body_of_short_chunks_is_no_framing_without_end() -> None:
    client = Client()
    client.connection.data_received(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for _ in range(20_000):
        client.connection.data_received(b"1\r\na\r\n")
    client.connection.data_received(b"0\r\nX-Sum: 1\r\n\r\n")
    client.close()
    assert bytes(client.transport.written) == b"<20000>"


async def test_nothing_is_begun_for_a_client_that_does_not_read() -> None:
    client = Client()
    request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    client.connection.data_received(request)
    client.connection.pause_writing()
    client.connection.data_received(request * 2)
    before = (client.transport.take(), client.transport.paused)
    client.connection.resume_writing()
    after = (client.transport.take(), client.transport.paused)
    assert (before, after) == ((b"<0>", True), (b"<0><0>", False))
    client.close()


async def test_the_rest_of_a_head_is_never_read_as_a_request_of_its_own() -> None:
    client = Client()
    client.connection.data_received(
        b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nX-Own: "
    )
    client.connection.data_received(b"GET /c HTTP/1.1\r\nHost: x\r\n\r\n")
    client.close()
    assert client.seen() == [
        (b"GET", b"/a", [], b""),
        (b"GET", b"/b", [b"X-Own: GET /c HTTP/1.1\r\n"], b""),
    ]


async def test_a_client_that_never_reads_its_answer_is_cut_off_in_the_end() -> None:
    client = Client()
    client.connection.data_received(b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    client.connections.sweep()
    assert (client.transport.closed, client.transport.aborted) == (True, False)
    client.connection.deadline = 0.0
    client.connections.sweep()
    assert client.transport.aborted
    client.close()
