"""RabbitMQ says of a queue that does not answer that nothing waits in it: nobody knows."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest
from aiormq.abc import AbstractChannel

from event_connector.broker import queues
from event_connector.carriage.courier import Courier
from event_connector.deployed.topics import Subscription
from event_connector.session import Session
from tests.integration.event_connector.conftest import Amqp, until
from tests.integration.event_connector.rabbitmq import RabbitMQ


class Holding:
    """A courier that settles nothing."""

    draining = False
    subscription = Subscription("a", ("#",), prefetch=1)

    async def deliver(self, _: object) -> None:
        await asyncio.Event().wait()


@pytest.fixture
async def queue(amqp: Amqp, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    arguments = getattr(request, "param", queues.QUORUM)
    await amqp.channel.queue_declare("fn.a", durable=True, arguments=arguments)
    yield "fn.a"
    await amqp.channel.queue_delete("fn.a")


async def _session(amqp: Amqp, queue: str) -> Session:
    channel = await amqp.channel.connection.channel(publisher_confirms=False)
    session = Session(channel, cast(Courier, Holding()), queue)
    await session.begin()
    return session


async def _publish(channel: AbstractChannel, queue: str, count: int) -> None:
    for _ in range(count):
        await channel.basic_publish(b"", routing_key=queue, mandatory=True)


@pytest.mark.parametrize("queue", [queues.QUORUM, queues.HISTORY], indirect=True)
async def test_session_does_not_take_silence_for_an_empty_queue(
    rabbit: RabbitMQ, amqp: Amqp, queue: str
) -> None:
    session, other = await _session(amqp, queue), await _session(amqp, queue)
    await _publish(amqp.channel, queue, 4)
    await until(lambda: session.passage.arrived)
    waiting = 4 - session.passage.arrived - other.passage.arrived
    with rabbit.silent(queue):
        for each in (session, other):
            with pytest.raises(ConnectionError, match="does not say what waits"):
                await each.look()
    for each in (session, other):
        seen = await each.look()
        assert (seen.arrived, seen.waiting) == (each.passage.arrived, waiting)
