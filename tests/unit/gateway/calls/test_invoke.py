"""One call between a client and a function, both played by the test."""

import asyncio
import gc
import socket
import time
from pathlib import Path

import pytest

from gateway.calls.upstream import Upstream
from gateway.http.request import SMALL
from gateway.processes.replica import Replica
from shared.ids import is_id
from tests.unit.gateway.fakes import FakeTransport
from tests.unit.gateway.stage import Stage

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@pytest.fixture
async def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path, {})


def body_of(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[2]


async def test_small_body_leaves_in_one_write_when_it_is_whole(stage: Stage) -> None:
    _, function = stage.connected()
    stage.get("POST", "Content-Length: 4\r\n")
    stage.send(b"ab")
    assert function.take() == b""
    stage.send(b"cd")
    message = function.take()
    assert message.startswith(b"POST /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: ")
    assert b"\r\nX-Call-Id: i\r\nX-Start-Time: " in message
    assert message.endswith(b"Content-Length: 4\r\n\r\nabcd")
    stage.connections.close()


async def test_answer_passes_and_the_connection_is_used_again(stage: Stage) -> None:
    upstream, function = stage.connected()
    for _ in range(3):
        stage.get()
        assert function.take().startswith(b"GET /x HTTP/1.1\r\n")
        upstream.data_received(ANSWER)
        answer = stage.client.take()
        assert answer.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Start-Time: ")
        assert answer.endswith(b"\r\nX-Served-By: fanfold\r\n\r\nhi")
    assert (stage.replica.idle, stage.in_flight) == ([upstream], (0, 0, 0))
    (counted,) = stage.function.counts.timings.items()
    assert (counted[0], counted[1].calls) == (200, 3)
    stage.connections.close()


async def test_answer_in_single_bytes_is_the_same(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    for at in range(len(ANSWER)):
        upstream.data_received(ANSWER[at : at + 1])
    assert body_of(stage.client.take()) == b"hi"
    assert stage.replica.idle == [upstream]
    stage.connections.close()


@pytest.mark.parametrize("size", [1, len(ANSWER)])
async def test_answer_of_an_older_version_says_so(stage: Stage, size: int) -> None:
    upstream, function = stage.connected()
    stage.function.candid = True
    stage.function.fell("exited with status 1", 0.0, "42")
    stage.get()
    assert b"X-Fanfold" not in function.take()
    for at in range(0, len(ANSWER), size):
        upstream.data_received(ANSWER[at : at + size])
    assert b"\r\nX-Fanfold-Stale: the newest code does not start" in stage.client.take()
    stage.function.serve()
    stage.get()
    upstream.data_received(ANSWER)
    assert b"X-Fanfold" not in stage.client.take()
    stage.connections.close()


async def test_chunks_are_passed_on_as_they_come(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert b"\r\nTransfer-Encoding: chunked\r\n" in stage.client.take()
    upstream.data_received(b"1\r\na\r\n2\r\nbc\r\n")
    assert stage.client.take() == b"3\r\nabc\r\n"
    upstream.data_received(b"0\r\n\r\n")
    assert stage.client.take() == b"0\r\n\r\n"
    assert stage.replica.idle == [upstream]
    stage.connections.close()


async def test_large_body_streams_with_its_length(stage: Stage) -> None:
    _, function = stage.connected()
    stage.get("POST", "Content-Length: 100000\r\n")
    assert function.take().endswith(b"Content-Length: 100000\r\n\r\n")
    stage.send(b"x" * 60_000)
    stage.send(b"x" * 40_000)
    assert function.take() == b"x" * 100_000
    stage.connections.close()


async def test_chunked_body_streams_in_chunks(stage: Stage) -> None:
    _, function = stage.connected()
    stage.get("POST", "Transfer-Encoding: chunked\r\n")
    stage.send(b"3\r\nabc\r\n")
    stage.send(b"0\r\n\r\n")
    message = function.take()
    assert b"Transfer-Encoding: chunked\r\n" in message
    assert body_of(message) == b"3\r\nabc\r\n0\r\n\r\n"
    stage.connections.close()


async def test_thousands_of_tiny_pieces_cost_their_number_and_not_its_square(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream, function = stage.connected()
    monkeypatch.setattr(stage.replica, "take", lambda _: None)  # it is still connecting
    begun = time.perf_counter()
    chunks = b"1\r\nx\r\n" * 40_000
    stage.send(b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert time.perf_counter() - begun < 3  # it was 15 s
    paused = [stage.client.paused]
    stage.send(b"1\r\nx\r\n" * 30_000)
    paused.append(stage.client.paused)
    [call] = stage.calls.active
    upstream.carry(call)
    assert body_of(function.take()).count(b"1\r\nx\r\n") == 70_000
    assert [*paused, stage.client.paused] == [False, True, False]
    stage.connections.close()


async def test_back_pressure_reaches_the_other_side(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get("POST", "Content-Length: 100000\r\n")
    upstream.pause_writing()
    assert stage.client.paused
    upstream.resume_writing()
    stage.connection.pause_writing()
    assert (stage.client.paused, function.paused) == (False, True)
    stage.connection.resume_writing()
    assert not function.paused
    stage.connections.close()


async def test_informational_answers_are_kept_back(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ANSWER)
    answer = stage.client.take()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Link" not in answer
    stage.connections.close()


async def test_answer_may_end_with_the_connection(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 200 OK\r\n\r\nto the ")
    upstream.data_received(b"end")
    upstream.connection_lost(None)
    assert body_of(stage.client.take()) == b"7\r\nto the \r\n3\r\nend\r\n0\r\n\r\n"
    stage.connections.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_idempotent_call_on_a_stale_connection_is_repeated(
    stage: Stage, method: str
) -> None:
    spare, function = stage.connected()
    stale, _ = stage.connected()
    stale.used = True
    stage.get(method, "Content-Length: 2\r\n")
    stage.send(b"ab")
    stale.connection_lost(None)
    assert function.take().endswith(b"Content-Length: 2\r\n\r\nab")
    spare.data_received(ANSWER)
    assert stage.client.take().startswith(b"HTTP/1.1 200 OK\r\n")
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_other_call_on_a_stale_connection_is_a_502(stage: Stage, method: str) -> None:
    stale, _ = stage.connected()
    stale.used = True
    stage.get(method)
    stale.connection_lost(None)
    assert stage.client.take().startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


def named(head: bytes) -> dict[bytes, bytes]:
    lines = head.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return dict(line.split(b": ", 1) for line in lines)


@pytest.mark.parametrize(
    ("began", "streams", "status"),
    [(False, False, 200), (True, False, 503), (False, True, 503)],
)
async def test_call_that_no_process_has_had_goes_on_to_another_replica(
    stage: Stage, *, began: bool, streams: bool, status: int
) -> None:
    other = Replica(Path("other.sock"), 2)
    upstream, transport = Upstream(other), FakeTransport()
    upstream.connection_made(transport)
    other.keep(upstream, stage.calls.loop.time())
    # It waits on the socket of a replica whose process has ended, which is then retired.
    stage.replica.ready = False
    waiting, _ = stage.connected()
    body = b"x" * (SMALL + 1 if streams else 2)
    head = b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    stage.send(head + (body[:-1] if streams else body))
    if began:
        stage.replica.attend()
    stage.replica.retire()
    stage.function.routed = [other]
    waiting.connection_lost(ConnectionResetError())
    if status == 200:
        assert transport.take().endswith(b"\r\n\r\nxx")
        upstream.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert stage.client.take().startswith(b"HTTP/1.1 %d " % status)
    assert (stage.function.in_flight, stage.replica.in_flight, other.in_flight) == (0, 0, 0)


async def test_call_without_an_id_or_a_trace_is_given_both(stage: Stage) -> None:
    upstream, function = stage.connected()
    given = []
    for _ in range(2):
        stage.send(b"GET /x HTTP/1.1\r\nHost: h\r\n\r\n")
        asked = named(function.take())
        upstream.data_received(ANSWER)
        assert named(stage.client.take())[b"X-Call-Id"] == asked[b"X-Call-Id"]
        digits = asked[b"X-Call-Id"].replace(b"-", b"").decode()
        assert asked[b"traceparent"] == f"00-{digits}-{digits[16:]}-01".encode()
        given.append(asked[b"X-Call-Id"].decode())
    first, second = given
    assert is_id(first)
    assert first < second
    stage.connections.close()


async def test_caller_may_only_shorten_a_calls_time(tmp_path: Path) -> None:
    stage = Stage(tmp_path, {"exec_timeout": "2s"})
    stage.connected()
    for said, seconds in (("1500ms", 1.5), ("3s", 2), ("0s", 2), ("never", 2)):
        stage.get(extra=f"X-Timeout: {said}\r\n")
        [call] = stage.calls.active
        assert call.deadline - call.begun == pytest.approx(seconds)
        stage.expire()
        answer = stage.client.take()
        assert answer.endswith(b"did not answer within %g s\n" % seconds)
        stage.connected()
    stage.connections.close()


OFFER = (
    b"GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\n"
)
TAKEN = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: a\r\n\r\n"
)


@pytest.mark.parametrize("cut", [False, True])
async def test_websocket_passes_both_ways(stage: Stage, *, cut: bool) -> None:
    upstream, function = stage.connected()
    for piece in [OFFER[at : at + 1] for at in range(len(OFFER))] if cut else [OFFER]:
        stage.send(piece)
    head = function.take()
    assert b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" in head
    assert b"\r\nSec-WebSocket-Key: k\r\n" in head
    assert stage.client.paused
    for piece in [TAKEN[at : at + 1] for at in range(len(TAKEN))] if cut else [TAKEN]:
        upstream.data_received(piece)
    upstream.data_received(b"from the function")
    head, _, said = stage.client.take().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: a\r\n")
    assert head.endswith(b"\r\nConnection: Upgrade\r\nUpgrade: websocket")
    assert (said, stage.client.paused) == (b"from the function", False)
    stage.send(b"GET / HTTP/1.1\r\n\r\n, said the client")
    assert function.take() == b"GET / HTTP/1.1\r\n\r\n, said the client"
    assert stage.in_flight == (1, 1, 1)
    [call] = stage.calls.active
    assert call.deadline == float("inf")
    assert stage.client.socket.options[socket.SOL_SOCKET, socket.SO_KEEPALIVE] == 1
    upstream.connection_lost(None)
    assert (stage.client.closed, stage.client.aborted) == (True, False)
    assert (stage.in_flight, stage.function.counts.finished) == ((0, 0, 0), 1)
    stage.connections.close()


async def test_words_beside_the_handshake_of_a_websocket_are_not_lost(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.send(OFFER + b"early")
    function.take()
    upstream.data_received(TAKEN + b"welcome")
    assert (function.take(), body_of(stage.client.take())) == (b"early", b"welcome")
    stage.connections.close()


async def test_client_that_leaves_a_websocket_lets_the_function_read_to_the_end(
    stage: Stage,
) -> None:
    upstream, function = stage.connected()
    stage.send(OFFER)
    upstream.data_received(TAKEN)
    stage.connection.connection_lost(None)
    assert (function.closed, function.aborted, stage.in_flight) == (True, False, (0, 0, 0))
    stage.connections.close()


async def test_websocket_holds_back_who_is_faster(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.send(OFFER)
    upstream.data_received(TAKEN)
    upstream.pause_writing()
    stage.connection.pause_writing()
    held = (stage.client.paused, function.paused)
    upstream.resume_writing()
    stage.connection.resume_writing()
    assert (held, stage.client.paused, function.paused) == ((True, True), False, False)
    stage.connections.close()


async def test_websocket_that_is_declined_leaves_http(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.send(OFFER + b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
    assert function.take().startswith(b"GET /chat ")
    upstream.data_received(ANSWER)
    assert function.take().startswith(b"GET /next ")
    upstream.data_received(ANSWER)
    assert stage.client.take().count(b"HTTP/1.1 200 OK\r\n") == 2
    assert not stage.client.paused
    stage.connections.close()


async def test_gateway_that_stops_ends_websockets(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.send(OFFER)
    upstream.data_received(TAKEN)
    stage.connections.close()
    assert stage.client.closed
    stage.connection.connection_lost(None)
    assert stage.in_flight == (0, 0, 0)


@pytest.mark.parametrize(
    "more", [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged", b"and nonsense"]
)
async def test_answer_with_more_behind_it_ends_the_functions_connection(
    stage: Stage, more: bytes
) -> None:
    upstream, function = stage.connected()
    stage.get()
    upstream.data_received(ANSWER + more)
    assert body_of(stage.client.take()) == b"hi"
    assert (function.closed, stage.replica.idle) == (True, [])
    stage.connections.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 104 Odd\r\nContent-Length: 5\r\n\r\nhello" + ANSWER,
        b"HTTP/1.1 020 Odd\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ],
)
async def test_answer_that_is_not_http_is_a_502(stage: Stage, answer: bytes) -> None:
    upstream, function = stage.connected()
    stage.get()
    upstream.data_received(answer)
    assert function.aborted
    upstream.connection_lost(None)
    assert stage.client.take().startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    stage.connections.close()


async def test_answer_that_breaks_off_breaks_off_for_the_client(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nhalf")
    upstream.connection_lost(None)
    assert stage.client.aborted
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


async def test_small_answer_that_breaks_off_is_a_502(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
    assert stage.client.written == b""
    upstream.connection_lost(None)
    assert stage.client.written.startswith(b"HTTP/1.1 502 ")
    assert (stage.client.aborted, stage.in_flight) == (False, (0, 0, 0))
    stage.connections.close()


async def test_small_answer_in_pieces_is_sent_as_a_whole(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    for piece in (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", b"half", b" + it"):
        assert stage.client.written == b""
        upstream.data_received(piece)
    assert stage.client.written.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n")
    assert stage.client.written.endswith(b"\r\n\r\nhalf + it")
    stage.connections.close()


async def test_unasked_answer_ends_the_connection(stage: Stage) -> None:
    upstream, function = stage.connected()
    upstream.data_received(ANSWER)
    assert function.aborted
    stage.connections.close()


async def test_call_past_its_time_is_a_504_and_the_function_hears_of_it(
    stage: Stage,
) -> None:
    _, function = stage.connected()
    stage.get()
    stage.expire()
    assert stage.client.take().startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
    assert function.aborted
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


async def test_answer_past_its_time_is_cut(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get()
    upstream.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nhalf")
    stage.expire()
    assert (function.aborted, stage.client.aborted) == (True, True)
    stage.connections.close()


async def test_lost_client_ends_the_call(stage: Stage) -> None:
    _, function = stage.connected()
    stage.get()
    stage.connection.connection_lost(None)
    assert function.aborted
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


@pytest.mark.parametrize("more", [b"", b"POST / HTTP/1.1\r\nHost: h\r\nX-Half: "])
async def test_nothing_of_a_lost_connection_waits_for_the_collector(
    stage: Stage, more: bytes
) -> None:
    upstream, _ = stage.connected()
    for answer in (ANSWER, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"):
        stage.get()
        upstream.data_received(answer)
    stage.send(OFFER)
    upstream.data_received(ANSWER)
    stage.send(more)
    gc.collect()
    gc.disable()
    try:
        stage.connection.connection_lost(None)
        upstream.connection_lost(None)
        del stage.connection, upstream
        left = gc.collect()
    finally:
        gc.enable()
    assert left == 0
    stage.connections.close()


async def test_early_answer_closes_both_connections(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get("POST", "Content-Length: 100000\r\n")
    upstream.data_received(ANSWER)
    answer = stage.client.take()
    assert b"\r\nConnection: close\r\n" in answer
    assert (function.closed, stage.client.ended) == (True, True)
    stage.send(b"x" * 100_000)
    stage.connections.close()


async def test_old_idle_connections_are_not_used(stage: Stage) -> None:
    old, function = stage.connected()
    fresh, other = stage.connected()
    old.idle_since = -1000
    fresh.idle_since = asyncio.get_running_loop().time()
    stage.get()
    fresh.data_received(ANSWER)
    assert (function.take(), other.take()[:4]) == (b"", b"GET ")
    stage.connections.close()


async def test_body_that_does_not_come_is_a_408(stage: Stage) -> None:
    stage.get("POST", "Content-Length: 4\r\n")
    stage.send(b"ab")
    stage.expire()
    assert stage.client.take().startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert stage.in_flight == (0, 0, 0)
    stage.connections.close()


async def test_client_is_read_again_after_a_body_that_was_not_taken(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get("POST", "Content-Length: 100000\r\n")
    stage.send(b"x" * 100_000)
    upstream.pause_writing()
    held = stage.client.paused
    upstream.data_received(ANSWER)
    assert (held, stage.client.paused) == (True, False)
    stage.get()
    assert b"GET /x HTTP/1.1\r\n" in function.take()
    stage.connections.close()


async def test_function_is_read_again_after_a_client_that_did_not_read(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get()
    stage.connection.pause_writing()
    upstream.data_received(ANSWER)
    assert (stage.replica.idle, function.paused) == ([upstream], False)
    stage.connections.close()


async def test_client_that_does_not_read_holds_back_the_next_call_too(stage: Stage) -> None:
    upstream, function = stage.connected()
    stage.get()
    stage.connection.pause_writing()
    upstream.data_received(ANSWER)
    function.take()
    stage.get()
    held = function.take()
    stage.connection.resume_writing()
    assert held == b""
    assert b"GET /x HTTP/1.1\r\n" in function.take()
    stage.connections.close()


async def test_gateway_that_stops_ends_a_connection_with_its_answer(stage: Stage) -> None:
    upstream, _ = stage.connected()
    stage.get()
    stage.connections.close()
    upstream.data_received(ANSWER)
    answer = stage.client.take()
    assert b"\r\nConnection: close\r\n" in answer
    assert (body_of(answer), stage.client.closed) == (b"hi", True)
