"""Keep one consumer per subscribed function and one clock per scheduled one, as deployed."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

from event_connector.broker.filling import Filling
from event_connector.broker.pulse import Pulse
from event_connector.broker.rollcall import RollCall
from event_connector.calls.invoker import Invoker
from event_connector.carriage.trial import Route
from event_connector.clock.forgetting import Forgetting
from event_connector.clock.leading import Leading
from event_connector.clock.ticking import Clock, Ticker
from event_connector.consumer import Binding, Consumer
from event_connector.deployed.gateway import Gateway
from event_connector.deployed.topics import EVENT_STORE, Subscription, Wishes, wishes
from event_connector.keeping import keep
from event_connector.operation.alarms import Alarms
from event_connector.operation.health import Consumers, Health
from event_connector.session import Session
from shared import log
from shared.amqp import Broker
from shared.once import Once
from shared.retries import Choose

Owner = TypeVar("Owner", Consumer, Ticker)


class Connector:
    """Runs until cancelled; `stop` drains first."""

    def __init__(
        self, broker: Broker, gateway: Gateway, invoker: Invoker, choose: Choose, drain: float
    ) -> None:
        self.broker = broker
        self.gateway = gateway
        self.invoker = invoker
        self.drain = drain
        self.look_every = 0.5
        self.pulse = Pulse(broker)
        self.leading = Leading(broker)
        self.forgetting = Forgetting(self.leading)
        self.route = Route(
            broker,
            invoker,
            gateway.listed,
            gateway.serves,
            choose,
            gateway.version,
            self._known,
        )
        self.rollcall = RollCall(broker, self._storing, invoker.metrics.of(EVENT_STORE))
        self.filling = Filling(broker, invoker, self.rollcall.caught_up)
        self.consumers: dict[str, Consumer] = {}
        # What is asked for, consumed already or not; None as long as nobody knows.
        self.wanted: Mapping[str, Subscription] | None = None
        self.alarms = Alarms(broker, self.leading, lambda: self.wanted)
        self.tickers: dict[str, Ticker] = {}
        self._stopping = False
        self._tasks: dict[Consumer | Ticker, asyncio.Task[None]] = {}
        # What the queue of each function may be bound by, wanted or not any more.
        self._bindings: defaultdict[str, set[Binding]] = defaultdict(set)
        self._complaints: dict[str, tuple[str, ...]] = {}
        self._read: dict[str, tuple[Mapping[str, str], Wishes]] = {}
        self._said: dict[str, Once] = {}

    async def run(self) -> None:
        """Look at what is deployed every now and then, and follow it."""
        async with asyncio.TaskGroup() as group:
            for work in (
                self.broker.run,
                self._look,
                self.pulse.run,
                self.rollcall.run,
                self.leading.run,
                self.alarms.watch,
            ):
                group.create_task(keep(work))

    async def stop(self) -> None:
        """Finish what was begun within the limit, give the rest back to the broker."""
        self._stopping = True
        for ticker in self.tickers.values():
            ticker.stop()
        handing = asyncio.create_task(self._hand_over())
        for consumer in self.consumers.values():
            consumer.stop(self.drain)
            task = self._tasks.get(consumer)
            if task and not consumer.bound:  # it waits for the broker: nothing to finish
                task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=self.drain + 5)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await handing
        await self.broker.close()

    async def _hand_over(self) -> None:
        """Let another connector be the clock once no call of this one's runs any more."""
        ticking = [self._tasks[t] for t in self.tickers.values() if t in self._tasks]
        if ticking:
            await asyncio.wait(ticking)
        await self.leading.close()

    @property
    def working(self) -> Mapping[str, Consumer]:
        """Give each wanted function's consumer: the last one while the next waits for it."""
        last = {n: c for n in self.wanted or () for c in self._leaving(Consumer, n)}
        return last | self.consumers

    def health(self) -> Health:
        bound = sorted(name for name, consumer in self.consumers.items() if consumer.bound)
        wanted, working = len(self.wanted or {}), self.working
        known = self.wanted is not None
        broker = self.broker.up and self.pulse.answers
        ready = broker and self.gateway.up and known and len(bound) == wanted
        consumers = Consumers(len(bound), wanted, bound)
        return Health(
            ready=ready,
            broker=broker,
            gateway=self.gateway.up,
            consumers=consumers,
            leads=self.leading.leads,
            circuits=sorted(n for n, c in working.items() if c.gate.broken),
            stranded=dict(self.alarms.stranded),
            stopped={n: keys for n, c in working.items() if (keys := c.stopped)},
            complaints=self._complained(),
            filling=sorted(n for n, c in working.items() if c.filling),
        )

    def _complained(self) -> dict[str, tuple[str, ...]]:
        """Give what cannot be read in annotations, and what queues are not as they ask."""
        told = dict(self._complaints)
        for name, consumer in self.working.items():
            if consumer.complaints:
                told[name] = (*told.get(name, ()), *consumer.complaints)
        return told

    def _known(self, function: str) -> Subscription | None:
        return (self.wanted or {}).get(function)

    async def _look(self) -> None:
        while not self._stopping:
            if await self.gateway.refresh() and not self._stopping:
                await self._follow(self.gateway.functions or {})
            await asyncio.sleep(self.look_every)

    async def _follow(self, functions: Mapping[str, Mapping[str, str]]) -> None:
        asked = {name: self._wishes(name, notes) for name, notes in functions.items()}
        self.wanted = {n: wish.subscription for n, wish in asked.items() if wish.subscription}
        self._complaints = {n: wish.complaints for n, wish in asked.items() if wish.complaints}
        for name, problems in self._complaints.items():
            said = self._said.setdefault(name, Once())
            said.warning("annotation not read", function=name, problems=problems)
        self._follow_schedules(asked)
        self._follow_subscriptions(self.wanted)
        await self.forgetting.follow([n for n, wish in asked.items() if wish.schedule])
        await self.alarms.remember(self.wanted)

    def _wishes(self, function: str, annotations: Mapping[str, str]) -> Wishes:
        """Read annotations once: this is asked twice a second for each function there is."""
        known = self._read.get(function)
        if known is None or known[0] != annotations:
            known = self._read[function] = (annotations, wishes(function, annotations))
        return known[1]

    def _follow_schedules(self, wanted: Mapping[str, Wishes]) -> None:
        for name, ticker in list(self.tickers.items()):
            if name not in wanted or wanted[name].schedule != ticker.schedule:
                ticker.stop()
                del self.tickers[name]
        for name, wish in wanted.items():
            if wish.schedule and not (name in self.tickers or self._leaving(Ticker, name)):
                ticker = self.tickers[name] = Ticker(
                    wish.schedule, Clock(self.invoker, self.leading)
                )
                self._start(ticker)

    def _leaving(self, kind: type[Owner], function: str) -> list[Owner]:
        """Give those that were stopped and are still at work: the next would overlap them."""
        return [o for o in self._tasks if isinstance(o, kind) and o.function == function]

    def _follow_subscriptions(self, wanted: Mapping[str, Subscription]) -> None:
        for name, consumer in list(self.consumers.items()):
            if wanted.get(name) != consumer.subscription:
                del self.consumers[name]
                consumer.stop(self.drain)
                if name not in wanted:
                    log.warning(
                        "function gone, its queue keeps its events",
                        function=name,
                        queue=consumer.subscription.queue,
                    )
        for name, subscription in wanted.items():
            if name not in self.consumers and not self._held_up(subscription):
                announce = self.rollcall.announce if name == EVENT_STORE else None
                consumer = Consumer(
                    subscription, self.route, self.filling.fill, self._bindings[name], announce
                )
                self.consumers[name] = consumer
                self._start(consumer)

    def _held_up(self, subscription: Subscription) -> bool:
        """Tell whether the last one must end first, or may still bind what is not wanted."""
        last = self._leaving(Consumer, subscription.function)
        return any(subscription.order or consumer.preparing for consumer in last)

    def _start(self, owner: Consumer | Ticker) -> None:
        task = self._tasks[owner] = asyncio.create_task(owner.run())
        task.add_done_callback(lambda ended: self._ended(owner, ended))

    def _ended(self, owner: Consumer | Ticker, task: asyncio.Task[None]) -> None:
        """Forget work that is over; what nobody has ended is begun anew at the next look."""
        del self._tasks[owner]
        name = owner.function
        if fault := None if task.cancelled() else task.exception():
            log.error(
                "work broke off", function=name, error=repr(fault), traceback=log.trace(fault)
            )
        if self._stopping:
            return
        if self.tickers.get(name) is owner:
            del self.tickers[name]
        if self.consumers.get(name) is owner:
            del self.consumers[name]

    def _storing(self) -> Session | None:
        consumer = self.consumers.get(EVENT_STORE)
        return consumer.session if consumer else None
