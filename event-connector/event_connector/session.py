"""Consume one queue on one channel: from its first delivery until it ends."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Queue

from event_connector.broker import queues
from event_connector.broker.acks import Acks
from event_connector.broker.message import Message, Unsettled
from event_connector.broker.passage import Passage
from event_connector.carriage.courier import Courier
from event_connector.order.ordered import OrderedCourier
from shared import log
from shared.amqp import CONNECT_TIMEOUT, Broker
from shared.ids import new_id
from shared.losses import BROKEN

# RabbitMQ closes a channel that holds a message for 30 minutes. Before that all are given back,
# each in its place, and come again.
LONGEST = 1500.0


@dataclass(frozen=True, slots=True)
class Seen:
    """How many deliveries have arrived, and how many messages wait for somebody."""

    arrived: int
    waiting: int


class Session:
    """One channel's worth of consuming: from its first delivery until it ends."""

    def __init__(self, channel: AbstractChannel, courier: Courier, queue: str) -> None:
        self.channel = channel
        self.courier = courier
        self.queue = queue
        # Sessions are told apart by it, also those of different connectors.
        self.name = new_id()
        self.passage = Passage()
        self.acks = Acks(channel, courier.subscription.unacked)
        self.ended = asyncio.Event()
        # By RabbitMQ: its queue was deleted, or has moved.
        self.cancelled = False
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._tag: str | None = None

    async def begin(self) -> None:
        await self.channel.basic_qos(prefetch_count=self.courier.subscription.prefetch)
        self.channel.on_consumer_cancel_callbacks.add(self._cancel)
        self.channel.closing.add_done_callback(lambda _: self.ended.set())
        consuming = await self.channel.basic_consume(self.queue, self.receive)
        self._tag = consuming.consumer_tag

    async def receive(self, delivered: DeliveredMessage) -> None:
        number = self.passage.arrive(asyncio.get_running_loop().time())
        self.acks.arrive(delivered.delivery_tag or 0)
        if self.courier.draining:
            return  # not acked: the broker keeps it for the next session
        # The client gives each delivery a task of its own, and ends it with the channel.
        tag, task = delivered.delivery_tag or 0, asyncio.current_task()
        assert task is not None
        self.tasks[tag] = task
        try:
            await self._handle(delivered, number)
        finally:
            del self.tasks[tag]

    async def look(self) -> Seen:
        """See what has come here: all that the broker had sent when this was asked.

        It answers in turn: before the second answer it sends what the queue had given out
        before the first. Raises ConnectionError while the queue itself does not answer.
        """
        declared = await self._declared()
        await self._declared()
        return Seen(self.passage.arrived, declared.message_count or 0)

    async def outstay(self) -> None:
        """Return when a message has been held for so long that all are to be given back."""
        loop = asyncio.get_running_loop()
        while (held := loop.time() - self.passage.since(loop.time())) < LONGEST:  # noqa: ASYNC110 - time passes, and nobody tells
            await asyncio.sleep(LONGEST - held)
        log.warning("deliveries held too long", queue=self.queue)

    async def end(self, limit: float) -> None:
        """Take nothing more, finish what was begun, give the rest back to the broker."""
        self.courier.drain()
        broken = self.courier.despatch.broken = self.channel.is_closed
        self.passage.broken.set()
        # Who is cancelled before its messages are back makes room for another connector: where
        # order counts, both happen at once, as the channel closes.
        ordered = isinstance(self.courier, OrderedCourier)
        with suppress(*BROKEN):
            if self._tag and not ordered and not self.channel.is_closed:
                await self.channel.basic_cancel(self._tag, timeout=CONNECT_TIMEOUT)
        for tag, task in self.tasks.items():
            if tag not in self.courier.busy:
                task.cancel()
        if tasks := list(self.tasks.values()):
            # What runs when the channel is gone cannot be acked: the broker redelivers it.
            await asyncio.wait(tasks, timeout=0 if broken else limit)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(*BROKEN):
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self.acks.send()
                await self.channel.close()

    async def carry(self, delivered: DeliveredMessage, _number: int) -> None:
        """Return once the delivery may be acked."""
        await self.courier.deliver(Message.of(delivered))

    def _cancel(self, _: object) -> None:
        self.cancelled = True
        self.ended.set()

    async def _declared(self) -> Queue.DeclareOk:
        declared = await self.channel.queue_declare(
            self.queue, passive=True, timeout=CONNECT_TIMEOUT
        )
        # RabbitMQ answers for a queue whose leader is silent: no messages, no consumers. One at
        # least is counted otherwise: this one, or the one that it stands by for.
        if not declared.consumer_count:
            raise ConnectionError(f"{self.queue} does not say what waits in it")
        return declared

    async def _handle(self, delivered: DeliveredMessage, number: int) -> None:
        try:
            await self.carry(delivered, number)
            await self.acks.settle(delivered.delivery_tag or 0)
        except Unsettled:
            return
        except Exception as error:  # noqa: BLE001 - a fault of ours must not lose the message
            # A channel that is gone takes no ack, which is no fault.
            if not self.channel.is_closed:
                log.error(
                    "delivery broke", key=delivered.routing_key, traceback=log.trace(error)
                )
            # This channel would hold the message unacked; the next one gets it anew.
            self.ended.set()
        else:
            self.passage.settle(number)


class HistorySession(Session):
    """A session of the queue of history, until the message behind all of it has come.

    Then it ends for every connector: its queue is deleted, and the function's own follows.
    """

    def __init__(self, channel: AbstractChannel, courier: Courier, broker: Broker) -> None:
        super().__init__(channel, courier, queues.history(courier.subscription))
        self.broker = broker

    async def carry(self, delivered: DeliveredMessage, number: int) -> None:
        subscription, properties = self.courier.subscription, delivered.header.properties
        if properties.content_type != queues.END:
            await super().carry(delivered, number)
        elif properties.message_id == queues.end_of_history(subscription).message_id:
            # One consumer at a time has this queue: what came before is here, or was settled.
            await self.passage.reach(number - 1)
            await self.acks.send()
            await queues.filled(self.broker, subscription)
            log.info("history handled", function=subscription.function)
