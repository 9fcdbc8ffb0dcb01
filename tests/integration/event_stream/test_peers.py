"""Peers that go without a word: a frozen client, and a way on which nothing passes any more."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import grpc
import pytest

from event_stream.server import Server
from functions.event.store import Store
from tests.integration.event_stream.conftest import (
    TOKEN,
    WITHIN,
    Stream,
    running,
    settings_for,
    until,
)
from tests.integration.event_stream.test_process import PATHS

# Silent peers are asked each second, and must answer within a third of one. Nothing else ends
# their streams so soon: neither that they do not read (30 s) nor a connection's age (1 h).
KEEPALIVE = 1.0


@pytest.fixture
async def near(database: str, store: Store) -> AsyncIterator[Stream]:
    """An impatient server, and a client beside it."""
    server = Server(settings_for(database, keepalive=KEEPALIVE))
    async with (
        running(server),
        grpc.aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        yield Stream(store, server, channel)


class Way:
    """A TCP proxy: while it is `open` it passes bytes on, and it never closes a connection."""

    def __init__(self, port: int) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self._port = port
        self._pumps: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            self._pumps.add(asyncio.create_task(self._pump(source, sink)))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                await self.open.wait()
                sink.write(data)
                await sink.drain()

    def end(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def way_to(port: int) -> AsyncIterator[tuple[Way, int]]:
    way = Way(port)
    listening = await asyncio.start_server(way.joined, "127.0.0.1", 0)
    try:
        yield way, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        way.end()
        await listening.wait_closed()


def subscribers(stream: Stream) -> int:
    return stream.server._feed.subscribers


async def test_subscription_is_freed_when_nothing_passes_any_more(near: Stream) -> None:
    async with (
        way_to(near.server.port) as (way, port),
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        far = Stream(near.store, near.server, channel)
        healthy, severed = (one.subscribe(heartbeat_seconds=300) for one in (near, far))
        for call in (healthy, severed):
            assert (await call.read()).sequence == 0
        assert subscribers(near) == 2

        way.open.clear()
        await until(lambda: subscribers(near) == 1)

        # Whoever answers stays, silent as it may be otherwise.
        await near.append("post.created")
        told = await healthy.read()
        assert [event.sequence for event in told.events] == [1]
        for call in (healthy, severed):
            call.cancel()


async def test_frozen_client_is_let_go_and_goes_on_when_it_thaws(near: Stream) -> None:
    """Its kernel still takes what is sent, and nobody reads it."""
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "event_stream", "tail", "--after", "0", "--json"),
        env=os.environ
        | PATHS
        | {"GRPC_ADDRESS": f"127.0.0.1:{near.server.port}", "GRPC_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=DEVNULL,
    )
    assert client.stdout is not None
    try:
        await near.append("post.created")
        async with asyncio.timeout(WITHIN):
            assert b'"sequence": 1' in await client.stdout.readline()
        client.send_signal(signal.SIGSTOP)
        await until(lambda: subscribers(near) == 0)

        await near.append("post.created")
        client.send_signal(signal.SIGCONT)
        async with asyncio.timeout(WITHIN):
            assert b'"sequence": 2' in await client.stdout.readline()
        assert subscribers(near) == 1
    finally:
        client.kill()
        await client.wait()
