"""Connectors know together when nothing is on its way to the event store any more."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from event_connector.broker.passage import Passage
from event_connector.broker.rollcall import RollCall
from event_connector.operation.metrics import Tally
from event_connector.session import Seen
from shared.amqp import Broker

Hear = Callable[[Any], Awaitable[None]]


@dataclass
class Session:
    """What one connector holds of the queue."""

    name: str
    waiting: int = 0
    queue: str = "fn.event-store"
    passage: Passage = field(default_factory=Passage)
    # How often its queue answers before it falls silent.
    answers: float = math.inf

    async def look(self) -> Seen:
        self.answers -= 1
        if self.answers < 0:
            raise ConnectionError("nobody knows what waits")
        return Seen(self.passage.arrived, self.waiting)


@dataclass
class Bus:
    """A broker with one exchange, which counts the consumers of one queue."""

    consumers: int = 0
    questions: int = 0
    listening: list[Hear] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    closing: "asyncio.Future[None]" = field(default_factory=asyncio.Future)
    on_consumer_cancel_callbacks: set[object] = field(default_factory=set)

    async def connection(self) -> Any:
        async def opened(**_: object) -> "Bus":
            return self

        return SimpleNamespace(channel=opened)

    @asynccontextmanager
    async def channel(self, **_: object) -> AsyncIterator["Bus"]:
        yield self

    async def close(self) -> None: ...
    async def exchange_declare(self, *_: object, **__: object) -> None: ...
    async def queue_bind(self, *_: object) -> None: ...

    async def queue_declare(self, _name: str, **_: object) -> Any:
        return SimpleNamespace(consumer_count=self.consumers)

    async def basic_consume(self, _queue: str, hear: Hear, **_: object) -> None:
        self.listening.append(hear)

    async def basic_publish(self, body: bytes, **_: object) -> None:
        self.questions += b'"asked"' in body and b'"by"' not in body
        for hear in self.listening:
            task = asyncio.ensure_future(hear(SimpleNamespace(body=body)))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)


@dataclass
class Connector:
    """One of several, with its session and a clock of its own."""

    bus: Bus
    session: Session
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.tally = Tally(lambda: self.now)
        broker = cast(Broker, self.bus)
        self.rollcall = RollCall(broker, lambda: self.session, self.tally)
        self.bus.consumers += 1


@asynccontextmanager
async def connectors(count: int) -> AsyncIterator[list[Connector]]:
    bus = Bus()
    made = [Connector(bus, Session(f"s{n}")) for n in range(count)]
    running = [asyncio.create_task(each.rollcall.run()) for each in made]
    while len(bus.listening) < count:  # noqa: ASYNC110 - the loop's next turn tells
        await asyncio.sleep(0)
    yield made
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def asked(bus: Bus, times: int) -> None:
    async with asyncio.timeout(5):
        while bus.questions < times:  # noqa: ASYNC110 - counted, not told
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("count", [1, 3])
async def test_nothing_in_hand_needs_two_questions(count: int) -> None:
    async with connectors(count) as made:
        await asyncio.wait_for(made[0].rollcall.caught_up(), 5)
        assert made[0].bus.questions == 2


async def test_what_another_connector_holds_is_waited_for() -> None:
    async with connectors(2) as (one, other):
        number = other.session.passage.arrive()
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asked(one.bus, 1)
        await asyncio.sleep(0.3)
        assert (waiting.done(), one.bus.questions) == (False, 1)
        other.session.passage.settle(number)
        await asyncio.wait_for(waiting, 5)


async def test_consumer_that_does_not_answer_is_waited_for() -> None:
    async with connectors(1) as [one]:
        one.bus.consumers += 1
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asked(one.bus, 1)
        await asyncio.sleep(0.3)
        assert (waiting.done(), one.bus.questions) == (False, 1)
        one.bus.consumers -= 1
        await asyncio.wait_for(waiting, 5)


async def test_session_that_begins_meanwhile_is_asked_too() -> None:
    async with connectors(2) as (one, other):
        one.session.waiting = 1
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asked(one.bus, 1)
        await asyncio.sleep(0.3)
        # It took what waited, and is gone with it; another one takes its place.
        one.session.waiting = 0
        other.session = Session("later")
        number = other.session.passage.arrive()
        await other.rollcall.announce("later")
        await asked(one.bus, 2)
        assert not waiting.done()
        other.session.passage.settle(number)
        await asyncio.wait_for(waiting, 5)
        assert one.bus.questions == 4


async def test_what_waits_is_handed_out_before_the_second_question() -> None:
    async with connectors(1) as [one]:
        one.session.waiting = 3
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asyncio.sleep(0.5)
        assert (waiting.done(), one.bus.questions) == (False, 1)
        numbers = [one.session.passage.arrive() for _ in range(3)]
        await asked(one.bus, 2)
        assert not waiting.done()
        for number in numbers:
            one.session.passage.settle(number)
        await asyncio.wait_for(waiting, 5)


async def test_queue_that_does_not_say_what_waits_is_asked_again() -> None:
    async with connectors(1) as [one]:
        one.session.answers = 0
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asked(one.bus, 1)
        await asyncio.sleep(0.3)
        assert (waiting.done(), one.bus.questions) == (False, 1)
        one.session.answers = 1  # and none for who asks what is still to be handed out
        with pytest.raises(ConnectionError, match="nobody knows"):
            await asyncio.wait_for(waiting, 5)
        one.session.answers = math.inf
        await asyncio.wait_for(one.rollcall.caught_up(), 5)


async def test_what_is_put_behind_the_others_is_asked_for_again() -> None:
    async with connectors(1) as [one]:
        place, number = one.tally.arrive(None), one.session.passage.arrive()
        waiting = asyncio.create_task(one.rollcall.caught_up())
        await asked(one.bus, 1)
        one.session.waiting = 1
        one.tally.settle(place, "postponed")
        one.session.passage.settle(number)
        await asyncio.sleep(0.3)
        assert (waiting.done(), one.bus.questions) == (False, 1)
        # It was refused again, between the two questions.
        place, number = one.tally.arrive(None), one.session.passage.arrive()
        one.tally.settle(place, "postponed")
        one.session.passage.settle(number)
        await asked(one.bus, 3)
        assert not waiting.done()
        one.session.waiting = 0
        await asyncio.wait_for(waiting, 5)


async def test_who_comes_while_others_wait_shares_a_round() -> None:
    async with connectors(1) as [one]:
        await asyncio.gather(*(one.rollcall.caught_up() for _ in range(10)))
        assert one.bus.questions <= 4
