"""Fetching small documents, from a server of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import uvloop

from shared.fetching import AROUND, LARGEST, NotFetched, ask, fetch

Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


OK = b"HTTP/1.1 200 OK\r\n"


class Site:
    """Answers every request with the same bytes; `asked` is what it was asked."""

    def __init__(self, answer: bytes, *, hangs: bool = False) -> None:
        self.answer = answer
        self.hangs = hangs
        self.asked = b""
        self.url = ""
        self.done = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(self.answer)
        if self.hangs:
            await reader.read()
        writer.close()
        self.done.set()


@asynccontextmanager
async def serving(site: Site) -> AsyncIterator[Site]:
    server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield site
        if site.asked:
            await asyncio.wait_for(site.done.wait(), 5)


async def test_document_is_asked_for_by_path_and_query() -> None:
    async with serving(Site(OK + b"Content-Length: 2\r\n\r\n{}")) as site:
        assert await fetch(f"{site.url}/keys?a=b", 5) == b"{}"
    first, host, *_ = site.asked.split(b"\r\n")
    assert (first, host) == (b"GET /keys?a=b HTTP/1.1", b"Host: " + site.url[7:].encode())


def test_document_is_read_on_a_function_s_own_loop() -> None:
    async def ask() -> bytes:
        async with serving(Site(OK + b"Content-Length: 2\r\n\r\n{}")) as site:
            return await fetch(site.url, 5)

    assert uvloop.run(ask()) == b"{}"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 5\r\n\r\nhello",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        OK + b"\r\nhello",
        OK + b"A: b\r\n" * 1000 + b"Content-Length: 5\r\n\r\nhello",
    ],
)
async def test_document_is_read_however_it_is_framed(answer: bytes) -> None:
    async with serving(Site(answer)) as site:
        assert await fetch(site.url, 5) == b"hello"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "the answer was 404"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", "was 302"),
        (b"nonsense\r\n\r\n", "what came is no answer"),
        (b"", "the connection ended early"),
        (OK + b"Content-Length: 5\r\n\r\nhel", "the connection ended early"),
        (OK + b"\r\n" + bytes(LARGEST + 1), "must have at most 1048576 bytes"),
        (OK + b"A: b\r\n" * AROUND, "the head must have at most 65536 bytes"),
        (OK + b"A: " + b"b" * 5 * AROUND, "the head must have at most 65536 bytes"),
        (
            OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n" + b"A: b\r\n" * AROUND,
            "the head must have at most 65536 bytes",
        ),
    ],
)
async def test_what_is_no_document_is_told(answer: bytes, reason: str) -> None:
    async with serving(Site(answer)) as site:
        with pytest.raises(NotFetched, match=reason):
            await fetch(site.url, 5)


async def test_body_in_the_smallest_pieces_is_read() -> None:
    body = b"1\r\na\r\n" * 2 * AROUND + b"0\r\n\r\n"
    async with serving(Site(OK + b"Transfer-Encoding: chunked\r\n\r\n" + body)) as site:
        assert await fetch(site.url, 20) == b"a" * 2 * AROUND


async def test_answer_that_does_not_come_is_not_waited_for() -> None:
    async with serving(Site(b"HTTP/1.1 ", hangs=True)) as site:
        with pytest.raises(NotFetched, match="no answer within"):
            await fetch(site.url, 0.05)


@pytest.mark.parametrize("host", ["a..b", f"{'a' * 64}.example"])
async def test_name_that_cannot_be_is_told(host: str) -> None:
    with pytest.raises(NotFetched):
        await fetch(f"http://{host}/", 5)


@pytest.mark.parametrize("url", ["ftp://a/b", "/keys", "http:///keys"])
async def test_address_must_be_of_the_web(url: str) -> None:
    with pytest.raises(NotFetched, match="must begin with http"):
        await fetch(url, 1)


async def test_server_that_is_not_there_is_told() -> None:
    async with serving(Site(b"")) as site:
        url = site.url
    with pytest.raises(NotFetched):
        await fetch(url, 1)


async def test_body_is_sent_by_the_method_asked_for() -> None:
    answer = b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    async with serving(Site(answer, hangs=True)) as site:
        document = await ask(site.url, 5, {"A": "b"}, method="PATCH", body=b"{}")
    assert (document.status, document.retry_after) == (429, "7")
    head = site.asked.split(b"\r\n")
    assert head[0] == b"PATCH / HTTP/1.1"
    assert {b"Content-Length: 2", b"A: b"} <= set(head)
