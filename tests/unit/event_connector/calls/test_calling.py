"""HTTP calls over kept connections, against servers that answer byte by byte as told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from event_connector.calls import calling
from event_connector.calls.calling import Client, Late, NotAnswered, NotReached
from event_connector.calls.outcomes import Answer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
OKAY = Answer(200, {"content-length": "2", "retry-after": "3"}, b"ok")


@dataclass
class Server:
    """Gives each request the next of its answers; None ends the connection."""

    answers: list[bytes | None]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                if answer is None:
                    return
                for piece in (answer[:9], answer[9:]):
                    writer.write(piece)
                    await writer.drain()
                if b"HTTP/1.0" in answer:
                    return
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def serving(*answers: bytes | None) -> AsyncIterator[tuple[Server, Client]]:
    made = Server(list(answers))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    client = Client(f"{made.url}/base/")
    try:
        yield made, client
    finally:
        client.close()
        server.close()


def post(client: Client, body: bytes = b"hello", within: float = 5) -> Awaitable[Answer]:
    return client.call("POST", "/function/a", {"ce-id": "1"}, body, within=within)


async def test_one_connection_carries_call_after_call() -> None:
    async with serving(OK, OK) as (server, client):
        assert [await post(client), await post(client)] == [OKAY, OKAY]
        assert server.connections == 1
        host = server.url.removeprefix("http://").encode()
        assert server.requests[0] == (
            b"POST /base/function/a HTTP/1.1\r\nhost: " + host + b"\r\ncontent-length: 5\r\n"
            b"ce-id: 1\r\n\r\nhello"
        )


async def test_calls_at_the_same_time_have_connections_of_their_own() -> None:
    async with serving(*[OK] * 5) as (server, client):
        assert await asyncio.gather(*(post(client) for _ in range(5))) == [OKAY] * 5
        assert (server.connections, len(client.idle)) == (5, 5)


@pytest.mark.parametrize(
    ("bytes_", "body"),
    [
        (CHUNKED, b"abc"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", b"x"),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
async def test_answers_of_every_form_are_read(bytes_: bytes, body: bytes) -> None:
    async with serving(bytes_, OK) as (_, client):
        assert (await post(client)).body == body
        assert await post(client) == OKAY


async def test_connection_that_the_server_closed_is_not_used_again() -> None:
    async with serving(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), OK) as found:
        server, client = found
        await post(client)
        assert await post(client) == OKAY
        assert server.connections == 2


async def test_connection_that_was_idle_for_long_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(OK, OK) as (server, client):
        await post(client)
        monkeypatch.setattr(calling, "IDLE", 0.0)
        await post(client)
        assert server.connections == 2


@pytest.mark.parametrize("answer", [None, b"HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
async def test_answer_that_breaks_off_is_none(answer: bytes | None) -> None:
    async with serving(answer, OK) as (_, client):
        with pytest.raises(NotAnswered, match=r"^the connection broke before the answer"):
            await post(client)
        assert await post(client) == OKAY


async def test_what_is_no_http_is_no_answer() -> None:
    async with serving(b"SSH-2.0-OpenSSH_9.2\r\n") as (_, client):
        with pytest.raises(NotAnswered, match="what came is no answer"):
            await post(client)


async def test_too_much_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "LARGEST", 1)
    async with serving(OK) as (_, client):
        with pytest.raises(NotAnswered, match="must have at most 1 bytes"):
            await post(client)


async def test_answer_that_takes_too_long_leaves_no_connection_behind() -> None:
    async with serving(b"", OK) as (server, client):
        with pytest.raises(Late, match=r"^no answer within 0\.05 s$"):
            await post(client, within=0.05)
        assert await post(client) == OKAY
        assert server.connections == 2


async def test_server_that_is_away_was_not_reached(unused_tcp_port: int) -> None:
    with pytest.raises(NotReached):
        await post(Client(f"http://127.0.0.1:{unused_tcp_port}"))


async def test_cancelled_call_ends_its_connection() -> None:
    async with serving(b"") as (_, client):
        call = asyncio.ensure_future(post(client))
        await asyncio.sleep(0.05)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert client.idle == []


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\rb"])
async def test_header_takes_no_line_break(value: str) -> None:
    with pytest.raises(ValueError, match="no line break"):
        await Client("http://127.0.0.1:9").call("GET", "/", {"x": value}, b"", within=1)


def test_url_must_be_one_of_http() -> None:
    with pytest.raises(ValueError, match="got 'localhost:8080'"):
        Client("localhost:8080")
