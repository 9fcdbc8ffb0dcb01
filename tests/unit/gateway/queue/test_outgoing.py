"""Calls out, to where they may go and nowhere else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest

from gateway.queue.outgoing import Forbidden, Outside, Place, Unanswered


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://h.example", Place("http", "h.example", 80, "/")),
        ("https://H.example/p?q=1#f", Place("https", "h.example", 443, "/p?q=1")),
        ("http://[::1]:81/", Place("http", "::1", 81, "/")),
    ],
)
def test_a_url_is_a_place(url: str, place: Place) -> None:
    assert Place.of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h.example/p",
        "ftp://h.example/",
        "file:///etc/passwd",
        "http:///p",
        "http://u@h.example/",
        "http://u:p@h.example/",
        "http://h.example:http/",
        "http://h.example:65536/",
        "http://h.example/a b",
        "http://h.example/\r\nX-Own: 1",
        "http://h.example/ä",
        "http://h.example/" + "x" * 2048,
    ],
)
def test_what_is_no_such_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL must|Port|port"):
        Place.of(url)


def test_a_host_header_names_the_port_where_it_is_unusual() -> None:
    urls = ("http://h:80/", "http://h:443/", "https://h:443/", "http://[::1]:81/")
    assert [Place.of(url).authority for url in urls] == ["h", "h:443", "h", "[::1]:81"]


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.1.1", "[::1]", "localhost", "a.localhost"])
def test_a_private_host_is_seen_without_asking_for_its_address(host: str) -> None:
    with pytest.raises(Forbidden, match="is no public address"):
        Outside([]).check(Place.of(f"http://{host}/"))


def test_a_host_may_be_allowed_as_a_whole_or_on_one_port() -> None:
    outside = Outside(["localhost", "10.1.1.1:81"])
    for url in ("http://localhost:5/", "http://10.1.1.1:81/", "http://93.184.216.34/"):
        outside.check(Place.of(url))
    with pytest.raises(Forbidden):
        outside.check(Place.of("http://10.1.1.1:82/"))


def test_a_callback_may_ask_of_this_gateway_what_anybody_may() -> None:
    outside = Outside([])
    outside.own = frozenset({"127.0.0.1:8080", "::1:8080"})
    for url in (
        "http://127.0.0.1:8080/function/f",
        "http://127.0.0.1:8080/async-function/f",
        "http://[::1]:8080/function/f",
    ):
        outside.check(Place.of(url))
    for url in (
        "http://127.0.0.1:8080/system/functions",
        "http://127.0.0.1:8080/ui/",
        "http://127.0.0.1:8081/function/f",
    ):
        with pytest.raises(Forbidden):
            outside.check(Place.of(url))


def naming(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", (address, 80)) for address in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)


async def test_a_name_with_a_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    naming(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(Forbidden, match=r"h\.example is at 93\.184\.216\.34, 10\.0\.0\.1"):
        await Outside([]).post("http://h.example/", [], BytesIO(), 0)


async def test_the_address_that_was_checked_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    naming(monkeypatch, "2606:4700::1111", "93.184.216.34")
    called: list[Any] = []

    async def connect(host: str, port: int, **_: Any) -> None:
        called.append((host, port))
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(Unanswered, match="refused"):
        await Outside([]).post("http://h.example/", [], BytesIO(), 0)
    assert called == [("93.184.216.34", 80)]


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]


@asynccontextmanager
async def serving(reply: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    heard: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0])
        heard.append(head + await reader.readexactly(size))
        writer.write(reply)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


async def test_a_post_is_sent_whole_and_its_status_given() -> None:
    async with serving(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n") as (
        at,
        heard,
    ):
        body = b"x" * 200_000
        lines = [b"X-Own: 1\r\n"]
        status = await Outside([at]).post(f"http://{at}/p?q", lines, BytesIO(body), len(body))
    assert status == 202
    assert heard == [
        b"POST /p?q HTTP/1.1\r\nHost: %b\r\nX-Own: 1\r\n"
        b"Content-Length: 200000\r\nConnection: close\r\n\r\n%b" % (at.encode(), body)
    ]


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1 20", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 ok\r\n\r\n"]
)
async def test_what_is_no_answer_is_none(reply: bytes) -> None:
    async with serving(reply) as (at, _):
        with pytest.raises(Unanswered):
            await Outside([at]).post(f"http://{at}/", [], BytesIO(), 0)


async def test_nobody_there_is_no_answer() -> None:
    async with serving(b"") as (at, _):
        pass
    with pytest.raises(Unanswered):
        await Outside([at]).post(f"http://{at}/", [], BytesIO(), 0)


async def test_an_answer_whose_head_does_not_end_is_none() -> None:
    async with serving(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000) as (at, _):
        with pytest.raises(Unanswered):
            await Outside([at]).post(f"http://{at}/", [], BytesIO(), 0)
