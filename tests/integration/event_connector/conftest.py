"""A connector between a real RabbitMQ and a gateway of the tests' own."""

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiormq
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from event_connector.calls.calling import Client
from event_connector.calls.invoker import Invoker
from event_connector.clock import leading
from event_connector.connector import Connector
from event_connector.deployed.gateway import Gateway as Listing
from event_connector.deployed.gateway import Login
from event_connector.operation.destinations import ASIDE
from event_connector.operation.metrics import Metrics
from shared.amqp import Broker
from shared.events import CONTENT_TYPE, Event
from shared.ids import new_id
from shared.retries import TIERS
from tests.conftest import ROOT, missing
from tests.integration.event_connector.gateway import KEY, LOGIN, Gateway
from tests.integration.event_connector.rabbitmq import SERVER, RabbitMQ

Check = Callable[[], Any]


async def until(check: Check | Callable[[], Awaitable[Any]], within: float = 20.0) -> Any:
    """Wait until the check gives something true, and give that."""
    deadline = time.monotonic() + within
    while True:
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {within} s"
        await asyncio.sleep(0.02)


def event(kind: str = "post.created", **changes: Any) -> Event:
    attributes: dict[str, Any] = {
        "id": new_id(),
        "type": kind,
        "source": "/fanfold/post",
        "subject": f"post/{new_id()}",
        "time": datetime(2026, 11, 22, 10, 30, tzinfo=UTC),
        "dataschema": "proto:fanfold.post.v1.PostCreated",
        "data": {"title": "Grüße"},
        "revision": 1,
    }
    return Event(**attributes | changes)


class Amqp:
    """The test's own way to the broker."""

    def __init__(self, channel: AbstractChannel) -> None:
        self.channel = channel

    async def publish(self, *events: Event, exchange: str = "events") -> None:
        for published in events:
            await self.raw(
                published.encode(), key=published.type, exchange=exchange, id=published.id
            )

    async def raw(
        self,
        body: bytes,
        *,
        key: str,
        exchange: str = "events",
        id: str = "",  # noqa: A002 - the property's own name
        headers: dict[str, Any] | None = None,
    ) -> None:
        properties = Basic.Properties(
            content_type=CONTENT_TYPE, delivery_mode=2, message_id=id, headers=headers or {}
        )
        await self.channel.basic_publish(
            body, exchange=exchange, routing_key=key, properties=properties, mandatory=True
        )

    async def depth(self, queue: str) -> int:
        declared = await self.channel.queue_declare(queue, passive=True)
        return declared.message_count or 0

    async def take(self, queue: str) -> DeliveredMessage | None:
        """Take one message from a queue, or None when it is empty."""
        message = await self.channel.basic_get(queue, no_ack=True)
        return message if isinstance(message.delivery, Basic.GetOk) else None

    async def names(self, *names: str) -> list[str]:
        """Give those of the queues that exist."""
        found = []
        for name in names:
            channel = await self.channel.connection.channel()
            try:
                await channel.queue_declare(name, passive=True)
            except aiormq.ChannelNotFoundEntity:
                continue
            found.append(name)
            await channel.close()
        return found


@pytest.fixture(scope="session")
def rabbit() -> Iterator[RabbitMQ]:
    if not os.access(SERVER, os.X_OK):
        missing("RabbitMQ", "install the package rabbitmq-server")
    node = RabbitMQ()
    try:
        node.start()
        yield node
    finally:
        node.remove()


@pytest.fixture
async def amqp(rabbit: RabbitMQ) -> AsyncIterator[Amqp]:
    connection = await aiormq.connect(rabbit.url)
    channel = await connection.channel(on_return_raises=True)
    for queue in ("fn.event-store", "fn.event-dead-letter-store", *ASIDE):
        await channel.queue_purge(queue)
    yield Amqp(channel)
    await connection.close()


@pytest.fixture
async def gateway(rabbit: RabbitMQ) -> AsyncIterator[Gateway]:
    found = await Gateway().start()
    yield found
    await found.stop()
    connection = await aiormq.connect(rabbit.url)
    channel = await connection.channel()
    # A retry that still waits would come back to the next test's function of the same name.
    for tier in TIERS:
        await channel.queue_purge(f"events.retry.{tier}")
    await channel.queue_delete(leading.QUEUE)  # else the next test's connector remembers
    for name in found.functions:
        if not name.startswith("event-"):
            await channel.queue_delete(f"fn.{name}")
            await channel.queue_delete(f"fn.{name}.filling")
            await channel.queue_delete(f"fill.{name}")
    await connection.close()


@asynccontextmanager
async def connecting(broker: str, gateway: Gateway) -> AsyncIterator[Connector]:
    """Run a connector in this process, and drain it at the end."""
    client = Client(gateway.url)
    found = Connector(
        Broker(broker, "event-connector"),
        Listing(client, Login(*LOGIN)),
        Invoker(client, KEY, time.time, Metrics(time.time)),
        random.Random(1).choice,
        drain=5.0,
    )
    found.look_every = 0.1
    running = asyncio.create_task(found.run())
    try:
        yield found
    finally:
        await found.stop()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        client.close()


def surroundings(rabbit: RabbitMQ, gateway: Gateway, folder: Path) -> dict[str, str]:
    """Write a connector program's secrets to the folder; give the environment it needs."""
    secrets = {
        "broker-url": rabbit.url,
        "signing-key": KEY,
        "basic-auth-user": LOGIN[0],
        "basic-auth-password": LOGIN[1],
    }
    for name, value in secrets.items():
        (folder / name).write_text(value)
    return {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'event-connector'}",
        "GATEWAY_URL": gateway.url,
        "secret_mount_path": str(folder),
    }


@pytest.fixture
async def connector(rabbit: RabbitMQ, gateway: Gateway) -> AsyncIterator[Connector]:
    async with connecting(rabbit.url, gateway) as found:
        yield found


async def ready(connector: Connector, consumers: int) -> None:
    """Wait until so many consumers are wanted and all of them bound."""
    await until(lambda: (h := connector.health()).ready and h.consumers.bound == consumers)
