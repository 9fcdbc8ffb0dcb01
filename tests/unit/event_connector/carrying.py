"""A courier between a function and a broker that live in a loop whose time jumps."""

import asyncio
import heapq
import selectors
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

import msgspec
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from event_connector.broker.message import Message
from event_connector.calls.gate import Gate
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Outcome, Platform, Retry
from event_connector.carriage.courier import Courier
from event_connector.carriage.trial import Asked, Route
from event_connector.deployed.topics import Subscription
from event_connector.operation.metrics import Metrics
from shared.amqp import Broker
from shared.events import CONTENT_TYPE, Event

T = TypeVar("T")


class _Jump(selectors.DefaultSelector):
    """Does not wait, but moves the clock to the next thing that is due."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for ever"
        self.now += max(0.0, timeout)
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """A loop in which hours pass at once: what is measured is no machine's speed."""

    def __init__(self) -> None:
        self.jump = _Jump()
        super().__init__(self.jump)

    def time(self) -> float:
        return self.jump.now


def in_no_time(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(work)


def event(id: str, **changes: Any) -> Event:  # noqa: A002 - the event's own name for it
    attributes: dict[str, Any] = {
        "type": "post.created",
        "source": "/fanfold/post",
        "subject": "post/1",
        "time": datetime(2026, 11, 22, tzinfo=UTC),
        "dataschema": "",
        "data": {},
    }
    return Event(id=id, **attributes | changes)


def delivered(body: bytes, properties: Basic.Properties, key: str = "post.created") -> Message:
    return Message.of(
        DeliveredMessage(
            delivery=Basic.Deliver("tag", 7, False, "events", key),
            header=ContentHeader(properties=properties),
            body=body,
            channel=None,  # type: ignore[arg-type] # a message needs no channel to be read
        )
    )


def sent(one: Event) -> Message:
    properties = Basic.Properties(message_id=one.id, content_type=CONTENT_TYPE)
    return delivered(one.encode(), properties)


@dataclass
class Queue:
    """A queue with its tiers and the dead letters, which hands out so many at a time."""

    prefetch: int
    ready: list[tuple[float, int, Message]] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    parked: list[Message] = field(default_factory=list)
    held: int = 0
    places: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, message: Message, after: float = 0.0) -> None:
        due = asyncio.get_running_loop().time() + after
        self.places += 1
        heapq.heappush(self.ready, (due, self.places, message))
        self.changed.set()

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Basic.Properties
    ) -> None:
        """Take what a courier publishes, as a broker does."""
        await asyncio.sleep(0.001)
        message = delivered(body, properties, key)
        if exchange == "events.dead":
            self.dead.append(message)
        elif key == "events.parked":
            self.parked.append(message)
        else:
            self.put(message, int(exchange.removeprefix("events.retry.") or 0) / 1000)

    async def consume(self, courier: Courier) -> None:
        """Deliver until nothing is left anywhere."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while self.ready or self.held:
                self.changed.clear()
                now = loop.time()
                while self.ready and self.ready[0][0] <= now and self.held < self.prefetch:
                    self.held += 1
                    group.create_task(self._deliver(courier, heapq.heappop(self.ready)[2]))
                due = self.ready[0][0] if self.ready and self.held < self.prefetch else None
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(due):
                        await self.changed.wait()

    async def _deliver(self, courier: Courier, message: Message) -> None:
        await courier.deliver(message)
        self.held -= 1
        self.changed.set()


@dataclass
class Mortal:
    """A function that dies of poison, and everybody dies with it who is in flight."""

    poison: frozenset[str]
    takes: Callable[[int], float]
    answer: Outcome
    fallen: Outcome
    restart: float = 0.02
    # What its gateway says of it; and when what is poison now is none any more.
    runs: bool = True
    heals: float = float("inf")
    # From when to when its platform does not reach it.
    unreached: tuple[float, float] = (0.0, 0.0)
    metrics: Metrics = field(default_factory=lambda: Metrics(lambda: 0.0))
    done: dict[str, float] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    falls: int = 0
    fell_at: float = 0.0
    up: float = 0.0
    most: int = 0
    _running: set[asyncio.Future[None]] = field(default_factory=set)

    async def serves(self, _function: str) -> bool:
        return self.runs

    def clock(self) -> float:
        return asyncio.get_running_loop().time()

    async def deliver(
        self, _function: str, body: bytes, _headers: object, _codes: object, *, batch: bool
    ) -> Outcome:
        found = msgspec.json.decode(body)
        ids = [one["id"] for one in (found if batch else [found])]
        self.calls.update(ids)
        loop = asyncio.get_running_loop()
        if self.unreached[0] <= loop.time() < self.unreached[1]:
            await asyncio.sleep(0.001)
            return Platform(503, "is not running")
        fall: asyncio.Future[None] = loop.create_future()
        self._running.add(fall)
        self.most = max(self.most, len(self._running))
        try:
            takes = max(0.0, self.up - loop.time()) + self.takes(len(ids))
            fell, _ = await asyncio.wait([fall], timeout=takes)
        finally:
            self._running.discard(fall)
        if fell:
            return self.fallen
        if self.poison & set(ids) and loop.time() < self.heals:
            self._die(loop.time())
            return self.fallen
        self.done.update(dict.fromkeys(ids, loop.time()))
        return self.answer

    def _die(self, now: float) -> None:
        if isinstance(self.fallen, Retry) and self.fallen.status == 500:
            return  # it says so, and lives on
        self.falls += 1
        self.fell_at = now
        self.up = now + self.restart
        for fall in self._running:
            if not fall.done():
                fall.set_result(None)


async def carried(function: Mortal, count: int, wish: Subscription) -> Queue:
    """Carry so many events, numbered, until each is done or dead."""
    return await carried_messages(
        function, [sent(event(str(number))) for number in range(count)], wish
    )


async def carried_messages(
    function: Mortal,
    messages: list[Message],
    wish: Subscription,
    queue: Queue | None = None,
    listed: Asked | None = None,
) -> Queue:
    queue = queue or Queue(wish.prefetch)
    route = Route(
        cast(Broker, queue),
        cast(Invoker, function),
        listed or _yes,
        function.serves,
        lambda tiers: tiers[0],
        lambda _: "0.1.0+abc",
    )
    courier = Courier(wish, Gate(wish.function, wish.concurrency), route)
    for message in messages:
        queue.put(message)
    await queue.consume(courier)
    return queue


async def _yes(_function: str) -> bool:
    return True
