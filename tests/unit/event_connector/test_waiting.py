"""Backoff, passage, clock and log lines: small things that many rely on."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from event_connector.clock import Ticker
from event_connector.invoker import Invoker
from event_connector.outcomes import Answer
from event_connector.passage import Passage
from event_connector.topics import Schedule
from shared.backoff import Backoff
from shared.once import Once


def test_backoff_doubles_up_to_its_most_and_starts_over() -> None:
    backoff = Backoff(first=0.5, most=3)
    assert [backoff.next() for _ in range(5)] == [0.5, 1, 2, 3, 3]
    backoff.reset()
    assert backoff.next() == 0.5


def test_passage_knows_what_is_settled_in_order() -> None:
    passage = Passage()
    first, second, third = (passage.arrive() for _ in range(3))
    passage.settle(second)
    assert [passage.passed(n) for n in (first, second, third, 4)] == [False] * 4
    passage.settle(first)
    assert [passage.passed(n) for n in (first, second, third, 4)] == [True, True, False, False]
    assert not passage.idle
    passage.settle(third)
    assert [passage.passed(3), passage.passed(4), passage.idle] == [True, False, True]


@dataclass
class Relay:
    """A function that takes its time."""

    takes: float
    status: int = 200
    running: int = 0
    most: int = 0
    ticks: list[float] = field(default_factory=list)

    async def call(self, function: str) -> Answer:
        self.ticks.append(asyncio.get_running_loop().time())
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.takes)
        self.running -= 1
        return Answer(self.status, {}, function.encode())


@pytest.mark.parametrize(("takes", "least"), [(0.0, 0.05), (0.12, 0.12)])
async def test_clock_ticks_after_the_answer_at_most_once_per_period(
    takes: float, least: float
) -> None:
    relay = Relay(takes)
    ticker = Ticker(Schedule("post-relay", 0.05), cast(Invoker, relay))
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.4)
    ticker.stop()
    await asyncio.wait_for(running, 1)
    gaps = [b - a for a, b in zip(relay.ticks, relay.ticks[1:], strict=False)]
    assert relay.most == 1
    assert relay.running == 0
    assert len(gaps) >= 2
    assert min(gaps) >= least * 0.95


async def test_clock_calls_again_at_once_while_a_function_wants_more() -> None:
    answers = [b'{"again": true}', b'{"again": true}', b'{"again": false}']
    called = asyncio.Event()

    class Walk(Relay):
        async def call(self, function: str) -> Answer:
            answer = await super().call(function)
            if len(self.ticks) == len(answers):
                called.set()
            body = answers[len(self.ticks) - 1]
            return Answer(answer.status, {"content-type": "application/json"}, body)

    walk = Walk(0.0)
    ticker = Ticker(Schedule("user-reconcile", 3600), cast(Invoker, walk))
    running = asyncio.create_task(ticker.run())
    await asyncio.wait_for(called.wait(), 5)
    ticker.stop()
    await asyncio.wait_for(running, 5)
    assert len(walk.ticks) == 3


async def test_clock_tells_trouble_once(capfd: pytest.CaptureFixture[str]) -> None:
    relay = Relay(0.0, status=500)
    ticker = Ticker(Schedule("post-relay", 0.01), cast(Invoker, relay))
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.1)
    relay.status = 200
    await asyncio.sleep(0.1)
    ticker.stop()
    await running
    told = capfd.readouterr().err
    assert (told.count("tick not taken"), told.count("tick taken again")) == (1, 1)


def test_once_tells_changes_only(capfd: pytest.CaptureFixture[str]) -> None:
    said = Once()
    said.over("well")
    said.info("up")
    said.info("up")
    for error in ("a", "a", "b"):
        said.warning("down", error=error)
    said.info("up")
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 4
