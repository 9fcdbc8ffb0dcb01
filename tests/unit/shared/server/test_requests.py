"""How requests come in: heads, bodies, splits, and what is refused."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.server.exchange import Receive, Scope, Send
from tests.unit.shared.server.asking import Answer, Seen, body_of, echo, respond, talking, until

GET = b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
CHUNKS = (
    b"PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3;note=x\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"
)
OFFER = b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
UPGRADE = b"GET /u HTTP/1.1\r\nHost: h\r\n" + OFFER + b"\r\n"
UPGRADE_BODY = b"POST /v HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n" + OFFER + b"\r\nhi"
UPGRADE_CHUNKS = (
    b"POST /w HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n" + OFFER + b"\r\n"
    b"1\r\nx\r\n0\r\n\r\n"
)
ALL = [GET, POST, CHUNKS, UPGRADE, UPGRADE_BODY, UPGRADE_CHUNKS, GET]
BODIES = [
    *(b"GET /a ", b"POST /b hello", b"PUT /c abcde"),
    *(b"GET /u ", b"POST /v hi", b"POST /w x", b"GET /a "),
]


async def test_application_is_told_what_was_asked() -> None:
    seen = Seen()
    async with talking(seen) as client:
        await client.ask(
            b"GET /a%2Fb/%C3%BC/?x=1&y=%20 HTTP/1.1\r\nHOST: h\r\nX-One: 1 \r\nx-one:2\r\n\r\n"
        )
    assert seen.only() == {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "GET",
        "path": "/a/b/ü/",
        "raw_path": b"/a%2Fb/%C3%BC/",
        "query_string": b"x=1&y=%20",
        "root_path": "",
        "headers": [(b"host", b"h"), (b"x-one", b"1"), (b"x-one", b"2")],
        "server": None,
        "client": None,
    }
    assert seen.messages == [{"type": "http.request", "body": b"", "more_body": False}]


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"//x/y", b"//x/y"),
        (b"http://other/x?y", b"/x"),
        (b"HTTP://other", b"/"),
        (b"http://other?x=/y", b"/"),
        (b"*", b"*"),
    ],
)
async def test_target_becomes_a_path(target: bytes, path: bytes) -> None:
    seen = Seen()
    async with talking(seen) as client:
        await client.ask(b"OPTIONS %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    assert seen.only()["raw_path"] == path


async def test_requests_are_answered_in_order_on_one_connection() -> None:
    async with talking(echo) as client:
        client.write(b"".join(ALL))
        assert [(await client.answer()).body for _ in ALL] == BODIES


async def test_requests_may_be_split_anywhere() -> None:
    whole = b"".join(ALL)
    async with talking(echo) as client:
        for place in range(1, len(whole)):
            client.connection.data_received(whole[:place])
            client.connection.data_received(whole[place:])
            assert [(await client.answer()).body for _ in ALL] == BODIES


async def test_requests_may_come_byte_by_byte() -> None:
    async with talking(echo) as client:
        for byte in b"".join(ALL):
            client.connection.data_received(bytes((byte,)))
        assert [(await client.answer()).body for _ in ALL] == BODIES


async def ask_whole(request: bytes, cuts: list[int]) -> Answer:
    async with talking(echo) as client:
        before = 0
        for cut in [*sorted(cuts), len(request)]:
            if cut > before:
                client.connection.data_received(request[before:cut])
                await asyncio.sleep(0)
                before = cut
        return await client.answer()


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.data())
def test_body_in_chunks_of_any_shape_arrives_whole(
    chunks: list[bytes], data: st.DataObject
) -> None:
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    request = head + framed + b"0\r\n\r\n"
    cuts = data.draw(st.lists(st.integers(1, len(request) - 1), max_size=6))
    answer = asyncio.run(ask_whole(request, cuts))
    assert answer.body == b"POST / " + b"".join(chunks)


@given(st.binary(max_size=400))
def test_nothing_that_comes_breaks_the_server(noise: bytes) -> None:
    async def ask() -> bytes:
        async with talking(echo) as client:
            client.connection.data_received(noise)
            client.writer.write_eof()
            return await client.rest()

    said = asyncio.run(ask())
    assert said == b"" or said.startswith(b"HTTP/1.1 ")


HOST = b"Host: h\r\n"
FRAMED_TWICE = b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n", 501),
        (b"GET / HTTP/1.1\nHost: h\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + FRAMED_TWICE + b"\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n" * 2 + b"\r\na", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 1, 1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: +1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length:\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 99999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding : chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\n" + HOST + b"Expect: magic\r\n\r\n", 417),
        (CHUNKS.replace(b"3;note=x", b"0x3"), 400),
        (CHUNKS.replace(b"3;note=x\r\n", b"3\n"), 400),
        (CHUNKS.replace(b"abc", b"abcd"), 400),
        (b"GET /%b HTTP/1.1\r\n%b\r\n" % (b"a" * 70_000, HOST), 431),
        (b"GET / HTTP/1.1\r\n%bX: %b\r\n\r\n" % (HOST, b"a" * 70_000), 431),
        (b"GET / HTTP/1.1\r\n%bX: %b" % (HOST, b"a" * 70_000), 431),
        (b"GET / HTTP/1.1\r\n%b%b\r\n" % (HOST, b"X: a\r\n" * 300), 431),
        (CHUNKS.partition(b"x\r\n")[0] + b"x" * 400_000, 431),
    ],
)
async def test_what_can_be_read_in_two_ways_is_refused(request_: bytes, status: int) -> None:
    async with talking(echo) as client:
        answer = await client.ask(request_)
        assert answer.status == status
        assert answer.headers["connection"] == "close"
        assert answer.body.endswith(b"\n")
        assert await client.rest() == b""


async def test_what_is_owed_is_answered_before_a_refusal() -> None:
    async with talking(echo) as client:
        client.write(GET + POST + b"nonsense\r\n\r\n" + GET)
        answers = [await client.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 400]
        assert await client.rest() == b""


async def test_nothing_is_read_after_a_request_that_closes() -> None:
    async with talking(echo) as client:
        client.write(b"GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + GET)
        assert (await client.answer()).headers["connection"] == "close"
        assert await client.rest() == b""


async def test_body_that_is_not_taken_waits_in_the_kernel() -> None:
    may_take = asyncio.Event()

    async def count(_scope: Scope, receive: Receive, send: Send) -> None:
        await may_take.wait()
        await respond(send, b"%d" % len(await body_of(receive)))

    async with talking(count) as client:
        size = 8 << 20
        client.write(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size)
        client.write(bytes(size))
        await until(lambda: client.connection.held)
        front = client.connection.front
        assert front is not None
        assert front.buffered < 2 << 20
        may_take.set()
        assert (await client.answer()).body == b"%d" % size
