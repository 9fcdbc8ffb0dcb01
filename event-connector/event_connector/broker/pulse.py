"""Know whether RabbitMQ answers: a frozen one keeps its connections open for a while."""

import asyncio

from aiormq.abc import AbstractChannel

from shared.amqp import CONFIRM_TIMEOUT, Broker
from shared.losses import BROKEN
from shared.once import Once

# A queue of rabbitmq/definitions.json.
ASKED = "events.parked"
EVERY = 1.0
PATIENCE = 2.0


class Pulse:
    """Asks something small every second; `answers` until an answer is overdue."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.answers = False
        self._said = Once()

    async def run(self) -> None:
        """Ask on, whatever breaks, until cancelled."""
        while True:
            try:
                async with self.broker.channel() as channel:
                    while True:
                        await self._beat(channel)
                        await asyncio.sleep(EVERY)
            except BROKEN:
                self.answers = False
                await asyncio.sleep(0.1)

    async def _beat(self, channel: AbstractChannel) -> None:
        async with asyncio.timeout(CONFIRM_TIMEOUT):
            asked = asyncio.ensure_future(channel.queue_declare(ASKED, passive=True))
            try:
                done, _ = await asyncio.wait([asked], timeout=PATIENCE)
                if not done:
                    self.answers = False
                    self._said.warning("broker does not answer")
                await asked
            finally:
                asked.cancel()
        self.answers = True
        self._said.over("broker answers again")
