"""Delete the queue of a function that does not come back, and lose nothing that is in it.

RabbitMQ deletes a queue of this kind whatever it holds, and tells nobody what is bound to it.
So what comes until the very end is consumed meanwhile: who consumes has been given all of it
before it hears that the queue is gone.
"""

import asyncio
from collections.abc import Awaitable, Callable

from aiormq.abc import AbstractChannel, DeliveredMessage

from event_connector.broker.passage import GLANCE
from event_connector.operation.destinations import PREFIX
from event_connector.operation.taking import Taking
from shared.amqp import CONFIRM_TIMEOUT, CONNECT_TIMEOUT, Broker
from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.retries import RETURN

Send = Callable[[DeliveredMessage], Awaitable[None]]


async def unbind(broker: Broker, queue: str) -> None:
    """Let retries that wait in tiers go to `events.orphaned`; topics go with the queue."""
    async with broker.channel() as channel:
        await channel.queue_unbind(queue, RETURN, queue, timeout=CONNECT_TIMEOUT)


async def remove(broker: Broker, function: str, send: Send) -> int:
    """Delete what the function had; tell how many events had come meanwhile, and were sent."""
    queue = f"{PREFIX}{function}"
    moved = 0
    async with broker.channel() as watching, broker.channel() as deleting:
        for beside in (f"lanes.{function}", f"{queue}.filling", f"fill.{function}"):
            await deleting.queue_delete(beside, timeout=CONNECT_TIMEOUT)
        taking = await Taking.begin(watching, queue)
        while True:
            for delivered in taking.come():
                await send(delivered)
                await watching.basic_ack(delivered.delivery_tag or 0)
                moved += 1
            empty = await _empty(deleting, queue)
            if taking.over.is_set():  # what came until it is gone would go with it
                raise ConnectionError(f"{queue} is not consumed any more")
            if empty:
                break
            await asyncio.sleep(GLANCE)
        try:
            # RabbitMQ itself waits some seconds for a leader that is silent.
            await deleting.queue_delete(queue, timeout=CONFIRM_TIMEOUT)
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await taking.over.wait()
        finally:
            # Also when nobody says that it is gone: what has come may be nowhere else.
            while rest := taking.come():
                for delivered in rest:
                    await _surely(send, delivered)
                    moved += 1
    return moved


async def _empty(channel: AbstractChannel, queue: str) -> bool:
    """Tell whether nothing waits in a queue that is consumed.

    RabbitMQ answers for one whose leader is silent: no messages, and no consumers either.
    """
    declared = await channel.queue_declare(queue, passive=True, timeout=CONNECT_TIMEOUT)
    return bool(declared.consumer_count) and not declared.message_count


async def _surely(send: Send, delivered: DeliveredMessage) -> None:
    """Send what is nowhere else now, until that is confirmed."""
    backoff = Backoff(first=0.1, most=5.0)
    while True:
        try:
            await send(delivered)
        except BROKEN:
            await backoff.wait()
        else:
            return
