"""The event stream in this process, on a real database of its own, and a real client."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import pytest

from event_stream.server import Server
from event_stream.settings import Settings
from functions.event.store import SCHEMA, Store
from proto.stream.v1 import stream_pb2 as pb
from proto.stream.v1.stream_pb2_grpc import (
    AuditStub,
    DeadLettersStub,
    EventStreamStub,
    RunsStub,
)
from shared.databases.postgres import Postgres
from shared.testing import settings_of
from tests.conftest import Installation
from tests.integration.event.examples import happened

TOKEN = "fanfold_operator_of_tests"
OPERATOR = (("authorization", f"Bearer {TOKEN}"),)
WITHIN = 20.0


def settings_for(url: str, **changes: Any) -> Settings:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": 0,
        "certificate": None,
        "connection_age": 3600.0,
        "keepalive": 30.0,
        "operator_token": TOKEN,
        "database": url,
        "shared": settings_of(),
        "log_level": "info",
    }
    return Settings(**given | changes)


@dataclass
class Stream:
    """A server that serves, its store, and a client of its own."""

    store: Store
    server: Server
    channel: grpc.aio.Channel
    events: Any = field(init=False)
    letters: Any = field(init=False)
    runs: Any = field(init=False)
    audit: Any = field(init=False)

    def __post_init__(self) -> None:
        self.events = EventStreamStub(self.channel)  # type: ignore[no-untyped-call] # generated
        self.letters = DeadLettersStub(self.channel)  # type: ignore[no-untyped-call] # generated
        self.runs = RunsStub(self.channel)  # type: ignore[no-untyped-call] # generated
        self.audit = AuditStub(self.channel)  # type: ignore[no-untyped-call] # generated

    async def append(self, *kinds: str, **changes: Any) -> None:
        await self.store.append([happened(kind, **changes) for kind in kinds])

    def subscribe(self, metadata: Sequence[tuple[str, str]] = OPERATOR, **asked: Any) -> Any:
        return self.events.Subscribe(pb.SubscribeRequest(**asked), metadata=metadata)

    async def sequences(self, count: int, **asked: Any) -> list[int]:
        """The sequences of the first events of a subscription."""
        found: list[int] = []
        call = self.subscribe(**asked)
        try:
            async with asyncio.timeout(WITHIN):
                async for message in call:
                    found += [event.sequence for event in message.events]
                    if len(found) >= count:
                        break
        finally:
            call.cancel()
        return found


@pytest.fixture
async def database(installation: Installation) -> AsyncIterator[str]:
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    store = Store(Postgres(database, pool_max=4))
    await store.database.migrate(SCHEMA)
    yield store
    await store.database.close()


@pytest.fixture
async def stream(database: str, store: Store) -> AsyncIterator[Stream]:
    server = Server(settings_for(database))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(server))
        channel = grpc.aio.insecure_channel(f"127.0.0.1:{server.port}")
        yield Stream(store, server, await stack.enter_async_context(channel))


async def until(seen: Callable[[], bool]) -> None:
    """Wait until something can be seen."""
    async with asyncio.timeout(WITHIN):
        for _ in count():
            if seen():
                return
            await asyncio.sleep(0.01)


class running:  # noqa: N801 - it reads as a verb where it is used
    """A server from its start to its stop."""

    def __init__(self, server: Server, *, started: bool = False) -> None:
        self.server = server
        self._started = started

    async def __aenter__(self) -> None:
        if not self._started:
            await self.server.start()
        self._task = asyncio.create_task(self.server.run())
        await until(lambda: not self.server._feed.stalled)

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
