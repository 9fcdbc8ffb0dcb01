"""A call inside the process: the same HTTP as over a socket."""

import asyncio

import msgspec
import pytest

from gateway.http.answers import Answer
from gateway.http.fixed import Fixed
from gateway.http.request import Request
from gateway.http.server import Connection
from gateway.queue import loopback
from gateway.queue.loopback import Line, Loopback, Route
from tests.unit.gateway.queue.test_record import CALL


class Scripted:
    """An exchange that writes what it was told to, when the body is complete."""

    def __init__(self, connection: Connection, request: Request, *pieces: bytes) -> None:
        self.connection = connection
        self.request = request
        self.pieces = pieces
        self.body = b""
        self.gone = False

    def start(self) -> None: ...

    def feed(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        for piece in self.pieces:
            self.connection.transport.write(piece)
        if self.pieces and self.pieces[-1] == b"":
            self.connection.transport.abort()
        elif self.pieces:
            self.connection.finish(self.request)

    def lost(self) -> bool:
        self.gone = True
        return True

    def pause(self) -> None: ...

    def resume(self) -> None: ...


def scripted(*pieces: bytes) -> tuple[Route, list[Scripted]]:
    made: list[Scripted] = []

    def route(request: Request, connection: Connection) -> Scripted:
        made.append(Scripted(connection, request, *pieces))
        return made[-1]

    return route, made


async def test_a_call_goes_in_as_http_and_its_answer_comes_out() -> None:
    route, made = scripted(
        b"HTTP/1.1 201 Created\r\nX-Own: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n",
        b"abc\r\n0\r\n\r\n",
    )
    answer = await Loopback(route).call(CALL)
    assert (made[0].request.method, made[0].request.target) == (
        b"POST",
        b"/function/f.ns/a%2Fb?x=1",
    )
    assert made[0].body == CALL.body
    assert (answer.status, answer.whole, answer.internal) == (201, True, False)
    assert (b"X-Own", b"1") in answer.headers
    assert answer.body is not None
    answer.body.seek(0)
    assert (answer.body.read(), answer.size) == (b"abc", 3)
    answer.close()


async def test_a_body_that_nobody_waits_for_is_not_kept() -> None:
    route, _ = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
    answer = await Loopback(route).call(msgspec.structs.replace(CALL, callback=""))
    assert (answer.status, answer.body, answer.size) == (200, None, 3)


async def test_an_answer_that_breaks_off_is_not_whole() -> None:
    route, _ = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"")
    answer = await Loopback(route).call(CALL)
    assert (answer.whole, answer.internal, answer.told) == (False, True, 502)
    answer.close()


async def test_no_answer_at_all_is_a_bad_gateway() -> None:
    route, _ = scripted(b"")
    answer = await Loopback(route).call(CALL)
    assert (answer.told, answer.headers, answer.size) == (502, [], 0)
    answer.close()


async def test_the_gateways_own_answer_is_known_as_such() -> None:
    def route(request: Request, connection: Connection) -> Fixed:
        line = b"X-OpenFaaS-Internal: proxy\r\n"
        return Fixed(connection, request, Answer(503, b"why", lines=(line,)))

    answer = await Loopback(route).call(CALL)
    assert (answer.told, answer.internal) == (503, True)
    answer.close()


async def test_a_call_that_is_called_off_ends_inside_too() -> None:
    route, made = scripted()
    calling = asyncio.create_task(Loopback(route).call(CALL))
    await asyncio.sleep(0)
    assert made[0].body == CALL.body
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert made[0].gone


class FullDisk:
    def write(self, _piece: bytes) -> None:
        raise OSError(28, "No space left on device")


async def test_an_answer_that_finds_no_room_is_broken_off() -> None:
    answer = loopback.Answer(keeps=False)
    answer.body = FullDisk()  # type: ignore[assignment] # as much of a file as is used here
    line = Line(answer)
    line.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody")
    assert (line.ended.done(), answer.told, answer.internal) == (True, 502, True)
