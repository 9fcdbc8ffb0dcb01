"""Remember over a crash what the heads of lanes have been through, and which lanes stand still.

The memory is a queue beside the function's that holds one message: all of it, as JSON. A new
state is published before the old one is taken out: of two, the one with the higher number is
true. What waits in RabbitMQ itself cannot say it: a message that is retried in its place is
the same message.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic

from event_connector.broker.queues import QUORUM
from shared.amqp import CONNECT_TIMEOUT, Broker

# Does something with RabbitMQ until it succeeds, or raises Unsettled.
Insist = Callable[[Callable[[], Awaitable[None]]], Awaitable[None]]


class Trouble(msgspec.Struct, omit_defaults=True):
    """One lane: its head's attempts so far, and when the next is due (Unix time).

    `stopped` are the events that were dead-lettered since it stands still, the first in front.
    """

    event: str = ""
    attempts: int = 0
    due: float = 0.0
    stopped: list[str] = []


class _State(msgspec.Struct):
    number: int = 0
    lanes: dict[str, Trouble] = {}


class Ledger:
    """The lanes of one function that are in trouble, by their keys.

    It is read when the first event comes, since then no other connector consumes the queue.
    """

    def __init__(self, broker: Broker, queue: str, insist: Insist) -> None:
        self.broker = broker
        self.queue = queue
        self.insist = insist
        self.lanes: dict[str, Trouble] = {}
        self._number = 0
        self._wanted = self._written = 0
        self._loaded = False
        self._one = asyncio.Lock()

    @property
    def stopped(self) -> list[str]:
        return sorted(key for key, lane in self.lanes.items() if lane.stopped)

    async def load(self) -> None:
        """Read what the last session left, once."""
        async with self._one:
            if self._loaded:
                return
            # Here rather than in another session: RabbitMQ counts how often events come.
            await self.insist(self._read)
            if self.lanes:  # written anew, since RabbitMQ counts how often it was looked at
                await self.insist(self._put)
            self._loaded = True

    async def write(self) -> None:
        """Return once RabbitMQ has what stands here; who comes meanwhile shares the next."""
        self._wanted += 1
        mine = self._wanted
        async with self._one:
            if self._written < mine:
                reached = self._wanted
                await self.insist(self._put)
                self._written = reached

    async def _read(self) -> None:
        async with self.broker.channel() as channel:
            # A node that has just started takes some commands and never answers them.
            await channel.queue_declare(
                self.queue, durable=True, arguments=QUORUM, timeout=CONNECT_TIMEOUT
            )
            # What is not acked is there again as soon as the channel is closed.
            states = [state async for state, _ in _waiting(channel, self.queue)]
        newest = max(states, key=lambda state: state.number, default=_State())
        self.lanes, self._number = newest.lanes, newest.number

    async def _put(self) -> None:
        self._number += 1
        body = msgspec.json.encode(_State(self._number, self.lanes))
        properties = Basic.Properties(content_type="application/json", delivery_mode=2)
        await self.broker.publish("", self.queue, body, properties)
        async with self.broker.channel() as channel:
            async for state, tag in _waiting(channel, self.queue):
                if state.number < self._number:
                    await channel.basic_ack(tag)


async def _waiting(channel: AbstractChannel, queue: str) -> AsyncIterator[tuple[_State, int]]:
    """Take all that waits in the queue; it stays unacked."""
    while True:
        message = await channel.basic_get(queue, timeout=CONNECT_TIMEOUT)
        if not isinstance(message.delivery, Basic.GetOk):
            return
        try:
            state = msgspec.json.decode(message.body, type=_State)
        except ValueError:
            state = _State()  # none of ours: older than any
        yield state, message.delivery_tag or 0
