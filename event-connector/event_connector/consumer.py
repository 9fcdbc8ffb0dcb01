"""Consume the queue of one function until told to stop, whatever breaks meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from aiormq.abc import AbstractChannel, DeliveredMessage

from event_connector.broker import queues
from event_connector.broker.acks import Acks
from event_connector.broker.message import Message, Unsettled
from event_connector.broker.passage import Passage
from event_connector.calls.gate import Gate
from event_connector.carriage.courier import Courier
from event_connector.carriage.trial import Route
from event_connector.deployed.topics import Subscription
from event_connector.order.ordered import OrderedCourier
from shared import log
from shared.amqp import CONNECT_TIMEOUT
from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.once import Once

Fill = Callable[[Subscription], Coroutine[Any, Any, None]]

# For calls that run when their consumer is cancelled while its channel still takes acks.
GRACE = 5.0
# RabbitMQ closes a channel that holds a message for 30 minutes. Before that all are given back,
# each in its place, and come again.
LONGEST = 1500.0


class Session:
    """One channel's worth of consuming: from its first delivery until it ends."""

    def __init__(self, channel: AbstractChannel, courier: Courier) -> None:
        self.channel = channel
        self.courier = courier
        self.passage = Passage()
        self.acks = Acks(channel, courier.subscription.unacked)
        self.ended = asyncio.Event()
        self.tasks: dict[int, asyncio.Task[None]] = {}
        self._tag: str | None = None

    async def begin(self) -> None:
        queue = self.courier.subscription.queue
        await self.channel.basic_qos(prefetch_count=self.courier.subscription.prefetch)
        # RabbitMQ cancels a consumer when its queue goes away or moves.
        self.channel.on_consumer_cancel_callbacks.add(lambda _: self.ended.set())
        self.channel.closing.add_done_callback(lambda _: self.ended.set())
        consuming = await self.channel.basic_consume(queue, self.receive)
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

    async def outstay(self) -> None:
        """Return when a message has been held for so long that all are to be given back."""
        loop = asyncio.get_running_loop()
        while (held := loop.time() - self.passage.since(loop.time())) < LONGEST:  # noqa: ASYNC110 - time passes, and nobody tells
            await asyncio.sleep(LONGEST - held)
        log.warning("deliveries held too long", queue=self.courier.subscription.queue)

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

    async def _handle(self, delivered: DeliveredMessage, number: int) -> None:
        try:
            message = Message.of(delivered)
            await self.courier.deliver(message)
            await self.acks.settle(message.tag)
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


class Consumer:
    """One function's consumer; `bound` says whether events reach it now."""

    def __init__(self, subscription: Subscription, route: Route, fill: Fill) -> None:
        self.subscription = subscription
        self.route = route
        self.fill = fill
        self.gate = Gate(subscription.function, subscription.concurrency)
        self.session: Session | None = None
        self.complaints: tuple[str, ...] = ()
        self._said = Once()
        self._patience = Backoff(first=4.0, most=20.0)
        self._stopping = asyncio.Event()
        self._limit = 0.0

    @property
    def bound(self) -> bool:
        return self.session is not None

    @property
    def stopped(self) -> list[str]:
        """Name the keys whose lanes stand still behind a dead letter."""
        courier = self.session.courier if self.session else None
        return courier.ledger.stopped if isinstance(courier, OrderedCourier) else []

    async def run(self) -> None:
        """Open, consume until anything breaks, and again; returns when stopped and drained."""
        function = self.subscription.function
        backoff = Backoff(first=0.05, most=2.0)
        while not self._stopping.is_set():
            try:
                await self._consume(backoff)
                # The loss of the connection is told once, not by each consumer.
                if self.route.broker.up and not self._stopping.is_set():
                    self._said.warning("queue not consumed", function=function)
            except BROKEN as error:
                self._said.warning("queue not consumed", function=function, error=repr(error))
            if not self._stopping.is_set():
                await backoff.wait()

    def stop(self, limit: float) -> None:
        """Ask `run` to finish what was begun within so many seconds, and to return."""
        self._limit = limit
        self._stopping.set()

    async def _consume(self, backoff: Backoff) -> None:
        await self.route.broker.connection()
        filling: asyncio.Task[None] | None = None
        session: Session | None = None
        try:
            # A node that has just started takes some commands and never answers them.
            async with asyncio.timeout(self._patience.next()):
                unfilled, self.complaints = await queues.prepare(
                    self.route.broker, self.subscription
                )
                session = await self._open()
                await session.begin()
            # The next time nothing is to be declared.
            self._patience = Backoff(first=1.0, most=20.0)
            self.session = session
            backoff.reset()
            self._said.info("queue consumed", function=self.subscription.function)
            if unfilled:
                filling = asyncio.create_task(self.fill(self.subscription))
            await _first(session.ended.wait(), self._stopping.wait(), session.outstay())
        finally:
            self.session = None
            if filling:
                filling.cancel()
                await asyncio.gather(filling, return_exceptions=True)
            if session:
                await session.end(self._limit if self._stopping.is_set() else GRACE)

    async def _open(self) -> Session:
        connection = await self.route.broker.connection()
        channel = await connection.channel(publisher_confirms=False)
        kind = OrderedCourier if self.subscription.order else Courier
        courier = kind(self.subscription, self.gate, self.route)
        return Session(channel, courier)


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    waiting = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
