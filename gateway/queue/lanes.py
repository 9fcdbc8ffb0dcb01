"""One queue per function, so that a slow one holds nobody else up."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.common import FieldValue

from gateway.queue import record
from gateway.queue.record import Record
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.losses import BROKEN
from shared.retries import RETURN

QUORUM: dict[str, FieldValue] = {"x-queue-type": "quorum"}
ATTEMPT = "fanfold-attempt"
# Calls of functions that are not deployed; a function's lane has a dot in its name.
UNDEPLOYED = "undeployed"
# More is fetched than runs, so that none waits for the broker; callbacks are made meanwhile.
LEAST_PREFETCH = 16
REMEMBERED = 10_000


@dataclass(eq=False)
class Delivery:
    """A call in hand. RabbitMQ may hand it out again: then it is acked where it came last."""

    lane: "Lane"
    channel: AbstractChannel
    tag: int
    id: str
    attempt: int
    record: Record
    room: bool = field(default=False)

    async def ack(self) -> None:
        # If the channel is gone the call comes again, and `Memory` knows that it is over.
        with suppress(*BROKEN):
            await self.channel.basic_ack(self.tag, wait=False)


class Memory:
    """Which messages are in hand, and which are over though RabbitMQ may not know it yet.

    By message id, which is new for each publication: a call that comes back from a tier or from
    another lane is another message.
    """

    def __init__(self) -> None:
        self.open: dict[str, Delivery] = {}
        self.over: OrderedDict[str, None] = OrderedDict()

    def settle(self, key: str) -> None:
        self.open.pop(key, None)
        self.over[key] = None
        if len(self.over) > REMEMBERED:
            self.over.popitem(last=False)


class Lane:
    """The queue of one function's calls: what is in hand of it, and how much may run."""

    def __init__(
        self,
        name: str,
        memory: Memory,
        concurrency: Callable[[str], int],
        begin: Callable[[Delivery], None],
        misread: Callable[[AbstractChannel, DeliveredMessage], None],
    ) -> None:
        self.name = name
        self.memory = memory
        self.concurrency = concurrency
        self.begin = begin
        self.misread = misread
        self.waiting: deque[Delivery] = deque()
        self.running = 0
        self.prefetch = 0
        self.channel: AbstractChannel | None = None
        self.tag: str | None = None

    @property
    def queue(self) -> str:
        return f"async.{self.name}"

    def in_hand(self) -> Iterable[Delivery]:
        return (each for each in self.memory.open.values() if each.lane is self)

    async def declare(self, broker: Broker) -> None:
        """Make the queue, and let what waited in a tier come back to it."""
        async with broker.channel() as channel:
            await channel.queue_declare(self.queue, durable=True, arguments=QUORUM)
            await channel.queue_bind(self.queue, RETURN, self.queue)

    async def consume(self, channel: AbstractChannel) -> None:
        self.prefetch = max(LEAST_PREFETCH, 2 * self.concurrency(self.name))
        await channel.basic_qos(prefetch_count=self.prefetch, timeout=CONNECT_TIMEOUT)
        self.channel = channel
        consuming = await channel.basic_consume(
            self.queue, partial(self.receive, channel), timeout=CONNECT_TIMEOUT
        )
        self.tag = consuming.consumer_tag

    async def retune(self) -> None:
        """Take the concurrency that the function has now."""
        self.pump()
        if self.channel is None or self.prefetch >= 2 * self.concurrency(self.name):
            return
        with suppress(*BROKEN):
            channel = self.channel
            await self.cancel()
            await self.consume(channel)

    async def cancel(self) -> None:
        """Have the broker hand out nothing more."""
        if self.channel is not None and self.tag is not None:
            tag, self.tag = self.tag, None
            with suppress(*BROKEN):
                await self.channel.basic_cancel(tag, timeout=CONNECT_TIMEOUT)

    async def receive(self, channel: AbstractChannel, delivered: DeliveredMessage) -> None:
        try:
            delivery = self.delivery(channel, delivered)
        except msgspec.MsgspecError:
            self.misread(channel, delivered)
            return
        known = self.memory.open.get(delivery.id)
        if known is not None:
            known.channel, known.tag = delivery.channel, delivery.tag
        elif delivery.id in self.memory.over:
            await delivery.ack()
        else:
            self.memory.open[delivery.id] = delivery
            self.waiting.append(delivery)
            self.pump()

    def delivery(self, channel: AbstractChannel, delivered: DeliveredMessage) -> Delivery:
        properties = delivered.header.properties
        attempt = (properties.headers or {}).get(ATTEMPT, 1)
        return Delivery(
            self,
            channel,
            delivered.delivery_tag or 0,
            properties.message_id or "",
            attempt if isinstance(attempt, int) else 1,
            record.decode(delivered.body),
        )

    def pump(self) -> None:
        """Begin what there is room for."""
        while self.waiting and self.running < self.concurrency(self.name):
            self.running += 1
            delivery = self.waiting.popleft()
            delivery.room = True
            self.begin(delivery)

    def leave(self, delivery: Delivery) -> None:
        """Make room for another: the call itself is over, what follows may go on."""
        if delivery.room:
            delivery.room = False
            self.running -= 1
            self.pump()

    def forget(self) -> None:
        """Drop what has not begun: its channel is gone, and RabbitMQ will hand it out again."""
        self.channel, self.tag = None, None
        self.drop()

    def drop(self) -> None:
        for delivery in self.waiting:
            self.memory.open.pop(delivery.id, None)
        self.waiting.clear()
