"""How answers go out: framing, order, what an application does wrong, who leaves early."""

import asyncio
from typing import Any

import pytest

from shared.server.connection import BUFFERED
from shared.server.exchange import ClientGone, Receive, Scope, Send
from tests.unit.shared.server.asking import Client, Seen, body_of, echo, respond, talking, until

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"
OLD_KEPT = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n"
EXPECTING = POST[:-2] + b"Expect: 100-continue\r\n\r\n"


async def start(send: Send, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def piece(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send, 200, (b"Content-Type", b"text/plain"))
    for body in (b"one ", b"", b"two ", b"three"):
        await piece(send, body)
    await piece(send, b"", more=False)


async def test_head_says_what_the_application_says_and_when() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"ok", 201, x_one="1", content_type="a/b")

    async with talking(application) as client:
        answer = await client.ask(GET)
    assert answer.headers.pop("date").endswith(" GMT")
    assert (answer.status, answer.body) == (201, b"ok")
    assert answer.headers == {"x-one": "1", "content-type": "a/b", "content-length": "2"}


async def test_stream_leaves_piece_by_piece() -> None:
    go_on = asyncio.Event()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await start(send)
        await piece(send, b"first")
        await go_on.wait()
        await piece(send, b"second", more=False)

    async with talking(application) as client:
        client.write(GET)
        assert await client.reader.readuntil(b"first\r\n")
        go_on.set()
        assert await client.reader.readuntil(b"0\r\n\r\n") == b"6\r\nsecond\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        (GET, {"transfer-encoding": "chunked"}),
        (OLD, {"connection": "close"}),
        (OLD_KEPT, {"connection": "close"}),
    ],
)
async def test_end_of_a_stream_is_told_in_the_client_s_way(
    request_: bytes, headers: dict[str, str]
) -> None:
    async with talking(stream) as client:
        answer = await client.ask(request_)
    answer.headers.pop("date")
    assert answer.body == b"one two three"
    assert answer.headers == {"Content-Type": "text/plain", **headers}


async def test_old_client_may_keep_its_connection() -> None:
    async with talking(echo) as client:
        for _ in range(2):
            answer = await client.ask(OLD_KEPT)
            assert (answer.headers["connection"], answer.body) == ("keep-alive", b"GET / ")
        assert (await client.ask(OLD)).headers["connection"] == "close"
        assert await client.rest() == b""


async def test_head_has_headers_and_no_body() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"seven b", content_length="7")

    async with talking(application) as client:
        for _ in range(2):
            assert (await client.ask(HEAD)).headers["content-length"] == "7"
        assert (await client.ask(GET)).body == b"seven b"


@pytest.mark.parametrize("status", [204, 304])
async def test_status_without_body_has_none_and_no_length(status: int) -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"", status)

    async with talking(application) as client:
        for _ in range(2):
            answer = await client.ask(GET)
            assert (answer.status, set(answer.headers)) == (status, {"date"})


async def test_unknown_status_is_passed_on() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"", 299)

    async with talking(application) as client:
        assert (await client.ask(GET)).status == 299


async def test_application_may_end_the_connection() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"bye", connection="close")

    async with talking(application) as client:
        assert (await client.ask(GET)).body == b"bye"
        assert await client.rest() == b""


async def test_client_that_expects_is_told_to_continue_when_the_body_is_wanted() -> None:
    async with talking(echo) as client:
        client.write(EXPECTING)
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.write(b"hello")
        assert (await client.answer()).body == b"POST / hello"
        assert (await client.ask(GET)).body == b"GET / "


async def test_client_that_expects_is_not_told_when_the_body_is_not_wanted() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"no", 413)

    async with talking(application) as client:
        answer = await client.ask(EXPECTING)
        assert (answer.status, answer.headers["connection"]) == (413, "close")
        assert client.interim == []
        assert await client.rest() == b""


async def test_client_that_does_not_wait_is_not_told_to_continue() -> None:
    async with talking(echo) as client:
        assert (await client.ask(EXPECTING + b"hello")).body == b"POST / hello"
        assert client.interim == []


async def test_body_that_is_not_wanted_is_let_past() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"no", 413)

    async with talking(application) as client:
        assert (await client.ask(POST)).status == 413
        assert (await client.ask(b"hello" + GET)).status == 413


async def test_body_that_came_whole_and_was_not_taken_holds_up_nobody() -> None:
    """It had all come before the answer, and was more than the server reads ahead."""
    whole = asyncio.Event()

    async def refuse(_scope: Scope, _receive: Receive, send: Send) -> None:
        await whole.wait()
        await respond(send, b"no")

    async with talking(refuse) as client:
        size = BUFFERED + 1
        client.write(POST.replace(b"5", b"%d" % size) + bytes(size))
        await until(lambda: client.connection.front and client.connection.front.complete)
        assert client.connection.held
        whole.set()
        assert (await client.answer()).body == b"no"
        assert (await client.ask(GET)).body == b"no"


async def test_body_that_is_not_wanted_is_let_past_only_so_far() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await respond(send, b"no", 413)

    async with talking(application) as client:
        client.write(POST.replace(b"5", b"9000000"))
        assert (await client.answer()).status == 413
        for _ in range(40):
            client.connection.data_received(bytes(65_536))
        assert await client.rest() == b""


@pytest.mark.parametrize("begun", [False, True])
async def test_exception_is_answered_500_or_cuts_the_answer_off(
    capfd: pytest.CaptureFixture[str],
    *,
    begun: bool,
) -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        if begun:
            await start(send)
            await piece(send, b"half")
        raise LookupError("of its own")

    async with talking(application) as client:
        client.write(GET)
        if begun:
            # Cut off without the end that its framing promises: nobody takes it for whole.
            with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError, ValueError)):
                await client.answer()
        else:
            answer = await client.answer()
            assert (answer.status, answer.body) == (500, b"Internal Server Error\n")
            assert answer.headers["connection"] == "close"
    assert "of its own" in capfd.readouterr().err


async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Answer nothing at all."""


async def only_start(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send)


async def body_first(_scope: Scope, _receive: Receive, send: Send) -> None:
    await piece(send, b"x")


async def start_twice(_scope: Scope, _receive: Receive, send: Send) -> None:
    await start(send)
    await start(send)


async def two_lines(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, x="a\r\nset-cookie: b=c")


async def length_in_words(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, content_length="many")


async def longer(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, b"four", content_length="3")


async def shorter(_scope: Scope, _receive: Receive, send: Send) -> None:
    await respond(send, b"four", content_length="5")


@pytest.mark.parametrize(
    "application",
    [
        *(nothing, only_start, body_first, start_twice),
        *(two_lines, length_in_words, longer, shorter),
    ],
)
async def test_answer_that_cannot_be_sent_becomes_500(
    application: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    async with talking(application) as client:
        answer = await client.ask(GET)
        assert (answer.status, answer.headers["connection"]) == (500, "close")
        assert await client.rest() == b""
    assert '"level":"error"' in capfd.readouterr().err


async def test_answer_that_ends_early_is_cut_off() -> None:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"10"))
        await piece(send, b"half ")

    async with talking(application) as client:
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await client.ask(GET)


async def test_what_follows_the_answer_goes_on_behind_it() -> None:
    done = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)
        if scope["path"] == "/":
            assert (await receive())["type"] == "http.disconnect"
            with pytest.raises(RuntimeError, match=r"got http.response.body"):
                await piece(send, b"more")
            await done.wait()

    async with talking(application) as client:
        client.write(GET + GET.replace(b"/ ", b"/second "))
        assert [(await client.answer()).body for _ in range(2)] == [b"GET / ", b"GET /second "]
        assert len(client.server.running) == 1
        done.set()


async def left(client: Client, told: asyncio.Future[list[str]]) -> list[str]:
    client.writer.close()
    return await asyncio.wait_for(told, 10)


async def test_application_is_told_that_its_client_left() -> None:
    told: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        await body_of(receive)
        message = await receive()
        with pytest.raises(ClientGone) as gone:
            await start(send)
        told.set_result([message["type"], str(gone.value)])

    client = await Client.of(application)
    client.write(GET)
    await until(lambda: client.connection.front)
    assert await left(client, told) == [
        "http.disconnect",
        "the client has closed its connection",
    ]
    assert client.server.open == set()


async def test_application_is_told_that_its_client_left_in_its_body() -> None:
    told: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
    begun = asyncio.Event()

    async def application(_scope: Scope, receive: Receive, _send: Send) -> None:
        first = await receive()
        begun.set()
        told.set_result([first["type"], (await receive())["type"]])

    client = await Client.of(application)
    client.write(POST + b"he")
    await begun.wait()
    assert await left(client, told) == ["http.request", "http.disconnect"]


async def test_stream_waits_for_a_client_that_does_not_read() -> None:
    sent = 0

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal sent
        await start(send)
        for _ in range(256):
            await piece(send, bytes(65_536))
            sent += 65_536
        await piece(send, b"", more=False)

    async with talking(application) as client:
        client.write(GET)
        await until(lambda: client.connection.drained)
        assert sent < 4 << 20
        assert len((await client.answer()).body) == 16 << 20


async def test_cancelled_receive_can_be_asked_again() -> None:
    cancelled = asyncio.Event()

    async def application(_scope: Scope, receive: Receive, send: Send) -> None:
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        cancelled.set()
        await respond(send, await body_of(receive))

    async with talking(application) as client:
        client.write(POST)
        await asyncio.wait_for(cancelled.wait(), 10)
        client.write(b"hello")
        assert (await client.answer()).body == b"hello"


async def test_stopping_server_ends_connections_with_their_answer() -> None:
    async with talking(Seen()) as client:
        client.server.stopping = True
        assert (await client.ask(GET)).headers["connection"] == "close"
        assert await client.rest() == b""


@pytest.mark.parametrize(
    ("begun", "ticks", "said"),
    [(b"", 130, b""), (b"GET /", 12, b"HTTP/1.1 408 "), (POST + b"h", 12, b"HTTP/1.1 408 ")],
)
async def test_silence_ends_a_connection_in_its_time(
    begun: bytes, ticks: int, said: bytes
) -> None:
    async with talking(echo) as client:
        if begun:
            client.connection.data_received(begun)
        client.connection.expire(ticks)
        assert not client.connection.over
        client.connection.expire(ticks + 1)
        assert (await client.rest())[:13] == said
