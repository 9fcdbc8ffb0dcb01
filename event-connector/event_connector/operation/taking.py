"""Take what waits in a queue, a few at a time.

RabbitMQ gives single messages of every queue but that of a function with order, which is to be
consumed; but who consumes holds more than it asked for, also what has just come back.
"""

import asyncio
from typing import Self

from aiormq.abc import AbstractChannel, DeliveredMessage

from shared.amqp import CONNECT_TIMEOUT


async def single(channel: AbstractChannel, queue: str, most: int) -> list[DeliveredMessage]:
    """Take so many; fewer only when there are no more."""
    taken: list[DeliveredMessage] = []
    while len(taken) < most:
        message = await channel.basic_get(queue, timeout=CONNECT_TIMEOUT)
        if message.delivery_tag is None:  # empty
            break
        taken.append(message)
    return taken


class Taking:
    """One consumer on a channel; `over` is set when the queue or the channel is gone."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._come: asyncio.Queue[DeliveredMessage] = asyncio.Queue()

    @classmethod
    async def begin(cls, channel: AbstractChannel, queue: str, together: int = 0) -> Self:
        """Consume; `together` are given before the first is acked, 0 for no limit."""
        found = cls()
        channel.on_consumer_cancel_callbacks.add(lambda _: found.over.set())
        channel.closing.add_done_callback(lambda _: found.over.set())
        await channel.basic_qos(prefetch_count=together, timeout=CONNECT_TIMEOUT)
        await channel.basic_consume(queue, found._come.put, timeout=CONNECT_TIMEOUT)
        return found

    async def take(self, most: int) -> list[DeliveredMessage]:
        """Take so many; fewer only when no more come for a while."""
        taken: list[DeliveredMessage] = []
        while len(taken) < most:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT):
                    taken.append(await self._come.get())
            except TimeoutError:
                break
        return taken

    def come(self) -> list[DeliveredMessage]:
        """Take what is here now."""
        return [self._come.get_nowait() for _ in range(self._come.qsize())]
