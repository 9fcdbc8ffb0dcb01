"""The queue of a function that does not come back is deleted when nothing is in it any more."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage

from event_connector.broker import queues
from event_connector.operation import removal
from shared.amqp import Broker
from tests.integration.event_connector.conftest import Amqp, until
from tests.integration.event_connector.rabbitmq import RabbitMQ

QUEUE = "fn.gone"
# So many RabbitMQ gives to a consumer that set itself no limit.
UNLIMITED = 2000


@pytest.fixture
async def broker(rabbit: RabbitMQ, amqp: Amqp) -> AsyncIterator[Broker]:
    await amqp.channel.queue_declare(QUEUE, durable=True, arguments=queues.QUORUM)
    found = Broker(rabbit.url, "drain")
    running = asyncio.create_task(found.run())
    yield found
    await found.close()
    await asyncio.wait_for(running, 5)
    await amqp.channel.queue_delete(QUEUE)


async def test_queue_that_falls_silent_is_not_deleted_with_what_waits_in_it(
    rabbit: RabbitMQ, amqp: Amqp, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, plain = asyncio.Semaphore(0), removal._empty

    async def empty(channel: AbstractChannel, queue: str) -> bool:
        found = await plain(channel, queue)
        looked.release()
        return found

    monkeypatch.setattr(removal, "_empty", empty)
    sent: set[str] = set()
    count, silent = UNLIMITED + 100, asyncio.Event()
    for n in range(count):
        await amqp.raw(b"", key=QUEUE, exchange="", id=str(n))

    async def send(delivered: DeliveredMessage) -> None:
        await silent.wait()
        sent.add(str(delivered.header.properties.message_id))

    removing = asyncio.create_task(removal.remove(broker, "gone", send))

    async def given() -> bool:
        return await amqp.depth(QUEUE) == count - UNLIMITED

    await until(given)
    with rabbit.silent(QUEUE):
        silent.set()
        await until(lambda: len(sent) == UNLIMITED)
        for _ in range(3):
            await looked.acquire()
        assert not removing.done()
    moved = await asyncio.wait_for(removing, 30)
    assert (len(sent), moved) == (count, count)
    assert await amqp.names(QUEUE) == []
