"""Whoever calls without a token takes no place for long, and none that ours need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from event_stream import guard, server, visitors
from event_stream.server import Server
from functions.event.store import Store
from proto.stream.v1 import stream_pb2 as pb
from tests.integration.event_stream.conftest import (
    OPERATOR,
    WITHIN,
    Stream,
    running,
    settings_for,
    until,
)

WATCH = "/grpc.health.v1.Health/Watch"
CHECK = "/grpc.health.v1.Health/Check"
STATS = "/fanfold.stream.v1.EventStream/Stats"
NOTHING = b"\0\0\0\0\0"  # an empty message


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def literal(name: str, value: str) -> bytes:
    return b"\0" + b"".join(bytes([len(t)]) + t.encode() for t in (name, value))


def head(path: str) -> bytes:
    named = ((":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "x"))
    more = (("content-type", "application/grpc"), ("te", "trailers"))
    return b"".join(literal(*pair) for pair in (*named, *more))


@asynccontextmanager
async def rude(port: int, paths: list[str], message: bytes = NOTHING) -> AsyncIterator[None]:
    """A client of HTTP/2 that calls, and has no room for as much as a byte of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    no_window = frame(4, 0, 0, (4).to_bytes(2) + (0).to_bytes(4))
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + no_window)
    for place, path in enumerate(paths):
        writer.write(frame(1, 4, 2 * place + 1, head(path)))
        if message:
            writer.write(frame(0, 1, 2 * place + 1, message))
    writer.write(frame(6, 0, 0, b"all sent"))
    # The answer to a ping: the server has what was sent before it.
    await reader.readuntil(b"\6\1\0\0\0\0all sent")
    reading = asyncio.create_task(reader.read())  # and throws away what it reads
    try:
        yield
    finally:
        reading.cancel()
        writer.close()


async def outcome(stream: Stream) -> grpc.StatusCode:
    call = stream.events.Stats(pb.StatsRequest(), metadata=OPERATOR)
    code: grpc.StatusCode = await call.code()
    return code


def health(stream: Stream) -> Any:
    return health_pb2_grpc.HealthStub(stream.channel)


def stats(stream: Stream) -> Any:
    """A call that may bring its message when it likes, if at all."""
    return stream.channel.stream_unary(STATS)


def opened(stream: Stream) -> int:
    held: int = stream.server.guard.visits.streams.open
    return held


async def test_only_so_many_streams_are_open_without_a_token(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.server.guard.visits.streams, "most", 3)
    stub, watching = health(stream), []
    for _ in range(2):
        watching.append(stub.Watch(health_pb2.HealthCheckRequest()))
        await watching[-1].read()
    channel: Any = stream.channel
    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    asking = reflection.ServerReflectionInfo()
    await asking.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    assert (await asking.read()).HasField("list_services_response")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stub.Watch(health_pb2.HealthCheckRequest()).read()
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.details() == "at most 3 streams without a token are open at a time"
    # Nobody else has to do without.
    await stub.Check(health_pb2.HealthCheckRequest())
    await stream.events.Stats(pb.StatsRequest(), metadata=OPERATOR)
    for call in (*watching, asking):
        call.cancel()
    await until(lambda: opened(stream) == 0)
    await stub.Watch(health_pb2.HealthCheckRequest()).read()


async def test_stream_without_a_token_ends_after_a_while(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.server.guard.visits.streams, "seconds", 0.05)
    watch = health(stream).Watch(health_pb2.HealthCheckRequest())
    await watch.read()
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await watch.read()
    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert ended.value.details() == "a stream without a token lasts 0.05 s"
    await until(lambda: opened(stream) == 0)


@pytest.mark.parametrize(
    ("path", "message"),
    [(WATCH, NOTHING), (WATCH, b""), (CHECK, NOTHING), (CHECK, b""), (STATS, b"")],
)
async def test_who_takes_no_answer_leaves_place_for_others(
    store: Store, database: str, path: str, message: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MOST_CALLS", 4)
    monkeypatch.setattr(visitors, "STREAM_SECONDS", 0.2)
    monkeypatch.setattr(visitors, "CALL_SECONDS", 0.2)
    monkeypatch.setattr(visitors, "GOODBYE", 0.05)
    made = Server(settings_for(database))
    async with running(made), grpc.aio.insecure_channel(f"127.0.0.1:{made.port}") as channel:
        stream = Stream(store, made, channel)
        async with rude(made.port, [path] * 4, message), asyncio.timeout(WITHIN):
            for _ in count():
                if await outcome(stream) is grpc.StatusCode.OK:
                    break
                await asyncio.sleep(0.02)


async def test_server_stops_although_a_watcher_takes_no_answer(
    store: Store, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await store.last() == 0
    monkeypatch.setattr(server, "GRACE", 0.3)
    made = Server(settings_for(database))
    async with asyncio.timeout(WITHIN), running(made):
        async with rude(made.port, [WATCH] * 2):
            await until(lambda: made.guard.visits.streams.open == 2)
            await made.stop()
        assert made.guard.visits.streams.open == 0


async def test_message_of_a_call_is_not_waited_for_long(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MESSAGE_WITHIN", 0.05)
    call = stats(stream)(metadata=OPERATOR)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.details() == "a call must bring its message within 0.05 s"
    nothing = stats(stream)(iter(()), metadata=OPERATOR)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await nothing
    assert refused.value.details() == "a call must bring a message"
    stranger = stats(stream)()
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await stranger
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
