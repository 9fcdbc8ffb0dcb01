"""A queue is filled in the end, whatever goes wrong on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from event_connector.broker.filling import Filling, Stored
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.deployed.topics import Subscription
from shared.amqp import Broker

EVENT = Stored(
    sequence=1,
    id="e1",
    type="post.created",
    source="/fanfold/post",
    subject="post/1",
    time=datetime(2026, 11, 22, tzinfo=UTC),
    dataschema="proto:fanfold.post.v1.PostCreated",
    data={},
    revision=1,
)


@dataclass
class Log:
    """An event store with one event; its first answers are the faults that are given."""

    faults: list[Exception]

    async def call(self, _function: str, *, method: str, query: str) -> Answer:
        assert method == "GET"
        if self.faults:
            raise self.faults.pop(0)
        items = [] if "after=1" in query else [msgspec.to_builtins(EVENT)]
        return Answer(200, {}, msgspec.json.encode({"items": items}))


@dataclass
class Queues:
    """A broker that keeps what it is sent, and the queues that were deleted."""

    sent: list[tuple[str, str, bytes]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    async def publish(self, exchange: str, key: str, body: bytes, _properties: Any) -> None:
        self.sent.append((exchange, key, body))

    @asynccontextmanager
    async def channel(self) -> AsyncIterator["Queues"]:
        yield self

    async def queue_delete(self, name: str) -> None:
        self.deleted.append(name)


async def nothing_on_its_way() -> None: ...


@pytest.mark.parametrize("fault", [TimeoutError(), KeyError("unforeseen")])
async def test_queue_is_filled_after_a_fault(
    fault: Exception, capfd: pytest.CaptureFixture[str]
) -> None:
    broker = Queues()
    log = cast(Invoker, Log([fault]))
    filling = Filling(cast(Broker, broker), log, nothing_on_its_way)
    await asyncio.wait_for(filling.fill(Subscription("like-f", ("post.*",))), 5)
    assert broker.sent == [("events.return", "fn.like-f", EVENT.event().encode())]
    assert broker.deleted == ["fn.like-f.filling"]
    told = capfd.readouterr().err
    assert (told.count("queue not filled yet"), told.count("queue filled")) == (1, 1)
    assert type(fault).__name__ in told
