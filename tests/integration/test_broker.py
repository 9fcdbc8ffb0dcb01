"""Publishing to a real RabbitMQ: confirmed, refused, away, and back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiormq
import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import Arguments

from shared.broker import Broker, Refused
from shared.errors import Unavailable
from shared.events import Event
from shared.ids import new_id
from tests.conftest import Installation
from tests.integration.databases.proxy import Proxy, through


class Queue:
    """A queue of the suite's own, that goes with its connection."""

    def __init__(self, channel: AbstractChannel, name: str) -> None:
        self.channel = channel
        self.name = name

    async def get(self) -> DeliveredMessage | None:
        """Take what is next, None when there is nothing."""
        message = await self.channel.basic_get(self.name, no_ack=True)
        return None if isinstance(message.delivery, Basic.GetEmpty) else message


@pytest.fixture
async def channel(installation: Installation) -> AsyncIterator[AbstractChannel]:
    connection = await aiormq.connect(installation.admin["broker"])
    yield await connection.channel()
    await connection.close()


@pytest.fixture
async def queue(channel: AbstractChannel, monkeypatch: pytest.MonkeyPatch) -> Queue:
    """A queue for one type of event, on an exchange of its own: the event store takes all."""
    exchange, name = f"suite.{new_id()}", f"suite.{new_id()}"
    await channel.exchange_declare(exchange, exchange_type="topic", auto_delete=True)
    await channel.queue_declare(name, exclusive=True)
    await channel.queue_bind(name, exchange, name)
    monkeypatch.setattr("shared.broker.EVENTS", exchange)
    return Queue(channel, name)


@pytest.fixture
async def proxy(installation: Installation) -> AsyncIterator[Proxy]:
    server = urlsplit(installation.admin["broker"])
    proxy = Proxy(server.hostname or "", server.port or 5672)
    await proxy.open()
    yield proxy
    await proxy.cut()


@pytest.fixture
async def broker(installation: Installation, proxy: Proxy) -> AsyncIterator[Broker]:
    broker = Broker(lambda: through(proxy, installation.admin["broker"]))
    yield broker
    await broker.close()


def happened(kind: str, number: int = 1) -> Event:
    return Event(
        id=new_id(),
        type=kind,
        source="/fanfold/suite",
        subject=f"suite/{number}",
        time=datetime(2026, 1, 2, tzinfo=UTC),
        dataschema="proto:fanfold.suite.v1.Happened",
        data={"number": number},
        revision=number,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


async def received(queue: Queue, count: int) -> list[Event]:
    events: list[Event] = []
    async with asyncio.timeout(5):
        while len(events) < count:
            message = await queue.get()
            if message is not None:
                events.append(Event.decode(message.body))
    return events


async def test_event_arrives_with_what_a_consumer_needs(broker: Broker, queue: Queue) -> None:
    event = happened(queue.name)

    await broker.publish(event)

    message = await queue.get()
    assert message is not None
    assert Event.decode(message.body) == event
    told, persistent = message.header.properties, 2
    assert (told.message_id, told.content_type, told.delivery_mode) == (
        event.id,
        "application/cloudevents+json",
        persistent,
    )
    assert told.headers == {"traceparent": event.traceparent}


async def test_many_publishes_share_one_connection(
    broker: Broker, queue: Queue, proxy: Proxy
) -> None:
    events = [happened(queue.name, number) for number in range(200)]
    assert proxy.connections == 0

    await asyncio.gather(*(broker.publish(event) for event in events))

    assert proxy.connections == 1
    assert sorted(event.id for event in await received(queue, 200)) == sorted(
        event.id for event in events
    )


async def test_message_that_no_queue_takes_is_refused(broker: Broker) -> None:
    with pytest.raises(Refused):
        await broker.publish_raw("", "suite.nobody", b"{}", {}, new_id())


async def test_message_that_a_full_queue_refuses_is_refused(
    broker: Broker, channel: AbstractChannel
) -> None:
    full = f"suite.{new_id()}"
    limits: Arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    await channel.queue_declare(full, exclusive=True, arguments=limits)
    await broker.publish_raw("", full, b"{}", {}, new_id())

    with pytest.raises(Refused):
        await broker.publish_raw("", full, b"{}", {}, new_id())


async def test_exchange_that_is_missing_is_unavailable_and_hurts_nothing_else(
    broker: Broker, queue: Queue
) -> None:
    with pytest.raises(Unavailable, match="RabbitMQ"):
        await broker.publish_raw("suite.missing", "a", b"{}", {}, new_id())

    await broker.publish(happened(queue.name))
    assert len(await received(queue, 1)) == 1


async def test_broker_that_is_away_is_unavailable_and_found_again(
    broker: Broker, queue: Queue, proxy: Proxy
) -> None:
    await broker.publish(happened(queue.name, 1))
    await proxy.cut()
    with pytest.raises(Unavailable, match="RabbitMQ does not answer"):
        await broker.publish(happened(queue.name, 2))

    await proxy.mend()
    await broker.publish(happened(queue.name, 3))

    assert [event.revision for event in await received(queue, 2)] == [1, 3]


async def test_connection_that_broke_while_idle_is_replaced_unnoticed(
    broker: Broker, queue: Queue, proxy: Proxy
) -> None:
    await broker.publish(happened(queue.name, 1))
    await proxy.cut()
    await proxy.mend()

    await broker.publish(happened(queue.name, 2))

    assert [event.revision for event in await received(queue, 2)] == [1, 2]


async def test_broker_that_stopped_answering_is_unavailable_and_found_again(
    broker: Broker, queue: Queue, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.broker._PATIENCE", 0.5)
    await broker.publish(happened(queue.name, 1))
    proxy.freeze()
    with pytest.raises(Unavailable, match=r"did not confirm within 0\.5 s"):
        await broker.publish(happened(queue.name, 2))

    await proxy.cut()
    await proxy.mend()
    monkeypatch.setattr("shared.broker._PATIENCE", 5)
    await broker.publish(happened(queue.name, 3))

    assert [event.revision for event in await received(queue, 2)] == [1, 3]


async def test_lost_confirm_is_published_again_under_the_same_id(
    broker: Broker, queue: Queue, proxy: Proxy
) -> None:
    await broker.publish(happened(queue.name, 1))
    proxy.lose_answer_to(b"suite/2")
    second = happened(queue.name, 2)

    await broker.publish(second)

    assert [event.id for event in await received(queue, 3)][1:] == [second.id, second.id]


async def test_connection_closes_when_idle_and_opens_again(
    installation: Installation, queue: Queue, proxy: Proxy
) -> None:
    broker = Broker(through(proxy, installation.admin["broker"]), idle=0.05)
    await broker.publish(happened(queue.name, 1))

    await proxy.deserted()
    await broker.publish(happened(queue.name, 2))

    assert len(await received(queue, 2)) == 2
    await broker.close()
    await proxy.deserted()


@pytest.fixture
async def cluster(installation: Installation) -> AsyncIterator[list[Proxy]]:
    """Three ways to one broker, each of which can be lost."""
    server = urlsplit(installation.admin["broker"])
    ways = [Proxy(server.hostname or "", server.port or 5672) for _ in range(3)]
    for way in ways:
        await way.open()
    yield ways
    for way in ways:
        await way.cut()


@pytest.fixture
async def known(installation: Installation, cluster: list[Proxy]) -> AsyncIterator[Broker]:
    url = installation.admin["broker"]
    broker = Broker(",".join(through(way, url) for way in cluster))
    yield broker
    await broker.close()


async def test_node_that_is_lost_is_replaced_by_another_unnoticed(
    known: Broker, cluster: list[Proxy], queue: Queue
) -> None:
    for number in range(len(cluster)):
        await known.publish(happened(queue.name, number))
        [used] = [way for way in cluster if way.connections]
        await used.cut()
    assert [await queue.get() is not None for _ in cluster] == [True] * len(cluster)
    with pytest.raises(Unavailable):
        await known.publish(happened(queue.name))


async def test_node_that_hangs_is_left_for_another(
    known: Broker, cluster: list[Proxy], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known.publish(happened(queue.name))
    [used] = [way for way in cluster if way.connections]
    monkeypatch.setattr("shared.broker._PATIENCE", 0.5)
    used.freeze()
    with pytest.raises(Unavailable):
        await known.publish(happened(queue.name, 1))
    monkeypatch.setattr("shared.broker._PATIENCE", 5)
    await known.publish(happened(queue.name, 2))
    assert [bool(way.connections) for way in cluster if way is not used].count(True) == 1


async def test_nodes_that_take_tcp_and_say_nothing_are_passed_over(
    known: Broker, cluster: list[Proxy], queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.broker._PATIENCE", 3)
    for way in cluster[:2]:
        way.freeze()
    await known.publish(happened(queue.name))
    assert cluster[2].connections == 1


@pytest.fixture
async def shared_queue(channel: AbstractChannel) -> AsyncIterator[Queue]:
    """A queue at which others may look, too."""
    name = f"suite.{new_id()}"
    await channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
    await channel.queue_bind(name, "events.return", name)
    yield Queue(channel, name)
    await channel.queue_delete(name)


async def test_what_waits_in_a_queue_is_counted(broker: Broker, shared_queue: Queue) -> None:
    name = shared_queue.name
    assert await broker.depth(name) == 0
    for number in range(3):
        await broker.publish_raw("events.return", name, b"{}", {}, str(number))
    assert await broker.depth(name) == 3
    assert await shared_queue.get()
    assert await broker.depth(name) == 2


async def test_queue_that_does_not_exist_holds_nothing_and_disturbs_nobody(
    broker: Broker, queue: Queue
) -> None:
    sending = [broker.publish(happened(queue.name, number)) for number in range(20)]
    counting = [broker.depth(f"suite.{new_id()}") for _ in range(5)]
    assert (await asyncio.gather(*counting, *sending))[:5] == [0] * 5
    assert await queue.get()
