"""Consume the queue of one function until told to stop, whatever breaks meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import aiormq

from event_connector.broker import queues
from event_connector.broker.history import Progress
from event_connector.calls.gate import Gate
from event_connector.carriage.courier import Courier
from event_connector.carriage.trial import Route
from event_connector.deployed.topics import Subscription
from event_connector.order.ordered import OrderedCourier
from event_connector.session import HistorySession, Session
from shared import log
from shared.backoff import Backoff
from shared.losses import BROKEN
from shared.once import Once

Fill = Callable[[Subscription, Progress], Coroutine[Any, Any, None]]
# Is told the name of a session before it begins.
Announce = Callable[[str], Coroutine[Any, Any, None]]
# An exchange, and the pattern by which a queue is bound to it.
Binding = tuple[str, str]

# For calls that run when their consumer is cancelled while its channel still takes acks.
GRACE = 5.0


class Consumer:
    """One function's consumer; `bound` says whether events reach it now.

    A new queue is filled meanwhile. Where order counts, its history is consumed from another
    queue first, and events gather in its own. `bindings` are those that the queue may have:
    each consumer of the function adds its own and takes away what it does not want.
    """

    def __init__(
        self,
        subscription: Subscription,
        route: Route,
        fill: Fill,
        bindings: set[Binding],
        announce: Announce | None = None,
    ) -> None:
        self.subscription = subscription
        self.route = route
        self.fill = fill
        self.bindings = bindings
        # The queue is being declared and bound, also when it was told to stop meanwhile.
        self.preparing = False
        self.announce = announce
        self.progress = Progress()
        self._unfilled = False
        self.gate = Gate(subscription.function, subscription.concurrency)
        self.session: Session | None = None
        self.complaints: tuple[str, ...] = ()
        self._said = Once()
        self._patience = Backoff(first=4.0, most=20.0)
        self._stopping = asyncio.Event()
        self._limit = 0.0

    @property
    def function(self) -> str:
        return self.subscription.function

    @property
    def bound(self) -> bool:
        return self.session is not None

    @property
    def filling(self) -> bool:
        """Tell whether some of the history is still to come, as far as is known here."""
        ordered = self.subscription.order is not None
        return self._unfilled and (ordered or not self.progress.done)

    @property
    def queues(self) -> list[str]:
        """Name the queues in which its events wait, the one that is consumed now in front."""
        own = self.subscription.queue
        ordered = self.subscription.order is not None
        return [queues.history(self.subscription), own] if ordered and self.filling else [own]

    @property
    def held(self) -> int:
        """Count what is in hand here."""
        return len(self.route.invoker.metrics.of(self.subscription.function).held)

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
        if self._stopping.is_set():  # whoever follows asks for other topics
            return
        filling: asyncio.Task[None] | None = None
        session: Session | None = None
        try:
            # A node that has just started takes some commands and never answers them.
            async with asyncio.timeout(self._patience.next()):
                await self._prepare()
                session = await self._open()
                if self.announce:
                    await self.announce(session.name)
                await session.begin()
            # The next time nothing is to be declared.
            self._patience = Backoff(first=1.0, most=20.0)
            self.session = session
            backoff.reset()
            self._said.info("queue consumed", function=self.subscription.function)
            if self._unfilled and not self.progress.done:
                filling = asyncio.create_task(self.fill(self.subscription, self.progress))
            await _first(session.ended.wait(), self._stopping.wait(), session.outstay())
        finally:
            self.session = None
            if filling:
                filling.cancel()
                await asyncio.gather(filling, return_exceptions=True)
            if session:
                if session.cancelled:  # what was filled in may be gone with its queue
                    self.progress = Progress()
                await session.end(self._limit if self._stopping.is_set() else GRACE)

    async def _prepare(self) -> None:
        self.preparing = True
        try:
            wanted = {(self.subscription.exchange, p) for p in self.subscription.patterns}
            self.bindings |= wanted
            prepared = await queues.prepare(self.route.broker, self.subscription)
            for binding in self.bindings - wanted:
                await self._unbind(binding)
        finally:
            self.preparing = False
        self.complaints, self._unfilled = prepared.complaints, prepared.unfilled
        if prepared.fresh:
            self.progress = Progress()

    async def _unbind(self, binding: Binding) -> None:
        exchange, pattern = binding
        before = replace(self.subscription, exchange=exchange)
        try:
            await queues.unbind(self.route.broker, before, {pattern})
        except (aiormq.ChannelNotFoundEntity, aiormq.ChannelAccessRefused) as error:
            # To such an exchange it was never bound, or is not any more.
            log.warning("topic not unbound", queue=before.queue, error=repr(error))
        self.bindings.discard(binding)

    async def _open(self) -> Session:
        connection = await self.route.broker.connection()
        channel = await connection.channel(publisher_confirms=False)
        kind = OrderedCourier if self.subscription.order else Courier
        courier = kind(self.subscription, self.gate, self.route)
        if self._unfilled and self.subscription.order:
            return HistorySession(channel, courier, self.route.broker)
        return Session(channel, courier, self.subscription.queue)


async def _first(*waits: Coroutine[Any, Any, object]) -> None:
    waiting = [asyncio.create_task(wait) for wait in waits]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
