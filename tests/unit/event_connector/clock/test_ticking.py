"""Scheduled functions are called after their own answers, or at their times."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

import pytest

from event_connector.calls.calling import NotReached
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.clock import ticking as clock
from event_connector.clock.leading import Change, Memory, NotLeading, Tick
from event_connector.clock.ticking import Clock, Ticker
from event_connector.deployed.cron import Cron
from event_connector.deployed.topics import Schedule
from event_connector.operation.metrics import Metrics


class Lead:
    """Leads as long as a test wants it to."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.leading = asyncio.Event()
        self.leading.set()
        self.asked = 0

    @property
    def leads(self) -> bool:
        return self.leading.is_set()

    async def wait(self) -> None:
        await self.leading.wait()

    async def record(self, change: Change) -> None:
        if not self.leads:
            raise NotLeading
        self.memory = change(self.memory)

    async def confirm(self) -> None:
        self.asked += 1
        await self.record(lambda memory: memory)


@dataclass
class Relay:
    """A function that takes its time."""

    takes: float
    status: int = 200
    clock: Callable[[], float] = time.time
    metrics: Metrics = field(default_factory=lambda: Metrics(time.time))
    running: int = 0
    most: int = 0
    ticks: list[float] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    async def call(self, function: str, headers: Mapping[str, str]) -> Answer:
        self.ticks.append(asyncio.get_running_loop().time())
        self.headers.append(headers)
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(self.takes)
        self.running -= 1
        return Answer(self.status, {}, function.encode())


def ticker_of(schedule: Schedule, relay: Relay, lead: Lead | None = None) -> Ticker:
    return Ticker(schedule, Clock(cast(Invoker, relay), lead or Lead()))


async def test_clock_stands_still_while_another_connector_leads() -> None:
    relay, lead = Relay(0.0), Lead()
    ticker = ticker_of(Schedule("post-relay", 0.02), relay, lead)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.1)
    lead.leading.clear()
    await asyncio.sleep(0.05)
    seen = len(relay.ticks)
    await asyncio.sleep(0.1)
    assert (seen > 0, len(relay.ticks)) == (True, seen)
    lead.leading.set()
    before = asyncio.get_running_loop().time()
    while len(relay.ticks) == seen:  # noqa: ASYNC110 - a test's own patience
        await asyncio.sleep(0.001)
    # The last leader's call may still run: not before a period is over.
    assert asyncio.get_running_loop().time() - before >= 0.018
    ticker.stop()
    await asyncio.wait_for(running, 1)


async def test_clock_that_slept_too_long_asks_whether_it_still_leads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "OVERSLEPT", -1.0)
    relay, lead = Relay(0.0), Lead()
    ticker = ticker_of(Schedule("post-relay", 0.02), relay, lead)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.1)
    ticker.stop()
    await asyncio.wait_for(running, 1)
    assert lead.asked >= len(relay.ticks) > 0


async def test_clock_that_waits_for_the_lead_is_stopped_at_once() -> None:
    lead = Lead()
    lead.leading.clear()
    ticker = ticker_of(Schedule("post-relay", 0.02), Relay(0.0), lead)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.01)
    ticker.stop()
    await asyncio.wait_for(running, 1)


class Wall:
    """A clock on the wall that runs so many times faster."""

    def __init__(self, text: str, speed: float = 600.0) -> None:
        self.begin = at(text)
        self.speed = speed
        self.since = time.monotonic()

    def __call__(self) -> float:
        return self.begin + (time.monotonic() - self.since) * self.speed


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def times(relay: Relay) -> list[str]:
    return [headers[clock.TICK] for headers in relay.headers]


EVERY_MINUTE = Schedule("digest", cron=Cron("* * * * *"))


async def kept(relay: Relay, lead: Lead, calls: int) -> None:
    """Let a schedule run until its function was called so often."""
    ticker = ticker_of(EVERY_MINUTE, relay, lead)
    running = asyncio.create_task(ticker.run())
    async with asyncio.timeout(10):
        while len(relay.headers) < calls:  # noqa: ASYNC110 - a test's own patience
            await asyncio.sleep(0.001)
    ticker.stop()
    await asyncio.wait_for(running, 5)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "GLANCE", 0.005)


@pytest.mark.usefixtures("quick")
async def test_schedule_is_kept_once_for_each_of_its_times() -> None:
    relay, lead = Relay(0.0, clock=Wall("2026-11-22T10:29:30")), Lead()
    await kept(relay, lead, 3)
    assert times(relay)[:3] == [f"2026-11-22T10:{m}:00Z" for m in (30, 31, 32)]
    assert lead.memory.ticks["digest"].at >= at("2026-11-22T10:32:00")


@pytest.mark.usefixtures("quick")
async def test_times_that_nobody_was_there_for_are_made_up_by_one_call(
    capfd: pytest.CaptureFixture[str],
) -> None:
    relay, lead = Relay(0.0, clock=Wall("2026-11-22T10:29:30")), Lead()
    last = Tick("* * * * *", at("2026-11-22T09:00:00"))
    lead.memory = Memory(ticks={"digest": last})
    await kept(relay, lead, 2)
    assert times(relay)[:2] == ["2026-11-22T10:29:00Z", "2026-11-22T10:30:00Z"]
    told = capfd.readouterr().err
    assert told.count("ticks missed, one made up") == 1
    assert '"first":"2026-11-22T09:01:00Z"' in told


@pytest.mark.usefixtures("quick")
async def test_changed_schedule_makes_up_nothing() -> None:
    relay, lead = Relay(0.0, clock=Wall("2026-11-22T10:29:30")), Lead()
    lead.memory = Memory(ticks={"digest": Tick("0 * * * *", at("2026-11-22T09:00:00"))})
    await kept(relay, lead, 1)
    assert times(relay)[0] == "2026-11-22T10:30:00Z"


@pytest.mark.usefixtures("quick")
async def test_time_is_remembered_before_its_call() -> None:
    lead = Lead()

    class Careful(Relay):
        async def call(self, function: str, headers: Mapping[str, str]) -> Answer:
            assert at(headers[clock.TICK].rstrip("Z")) == lead.memory.ticks["digest"].at
            return await super().call(function, headers)

    relay = Careful(0.0, clock=Wall("2026-11-22T10:29:30"))
    await kept(relay, lead, 2)


@pytest.mark.usefixtures("quick")
async def test_call_that_did_not_reach_the_gateway_is_made_again_for_the_same_time() -> None:
    class Away(Relay):
        async def call(self, function: str, headers: Mapping[str, str]) -> Answer:
            answer = await super().call(function, headers)
            if len(self.headers) < 2:
                raise NotReached("nobody listens")
            return answer

    relay = Away(0.0, clock=Wall("2026-11-22T10:29:30", speed=20))
    await kept(relay, Lead(), 2)
    assert times(relay) == ["2026-11-22T10:30:00Z"] * 2
    assert relay.metrics.of("digest").ticks == {"failed": 1, "ok": 1}


@pytest.mark.usefixtures("quick")
async def test_lead_that_is_lost_leaves_the_time_to_others() -> None:
    relay, lead = Relay(0.0, clock=Wall("2026-11-22T10:29:30")), Lead()

    async def refused(_: Change) -> None:
        lead.leading.clear()
        raise NotLeading

    lead.memory = Memory(ticks={"digest": Tick("* * * * *", at("2026-11-22T10:29:00"))})
    lead.record = refused  # type: ignore[method-assign,assignment] # what a lost channel does
    ticker = ticker_of(EVERY_MINUTE, relay, lead)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.2)
    ticker.stop()
    await asyncio.wait_for(running, 1)
    assert relay.headers == []


@pytest.mark.parametrize(("takes", "least"), [(0.0, 0.05), (0.12, 0.12)])
async def test_clock_ticks_after_the_answer_at_most_once_per_period(
    takes: float, least: float
) -> None:
    relay = Relay(takes)
    ticker = ticker_of(Schedule("post-relay", 0.05), relay)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.4)
    ticker.stop()
    await asyncio.wait_for(running, 1)
    gaps = [b - a for a, b in zip(relay.ticks, relay.ticks[1:], strict=False)]
    assert relay.most == 1
    assert relay.running == 0
    assert len(gaps) >= 2
    assert min(gaps) >= least * 0.95


async def test_clock_calls_again_at_once_while_a_function_wants_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "GRACE", 0.0)
    answers = [b'{"again": true}', b'{"again": true}', b'{"again": false}']
    called = asyncio.Event()

    class Walk(Relay):
        async def call(self, function: str, headers: Mapping[str, str]) -> Answer:
            answer = await super().call(function, headers)
            if len(self.ticks) == len(answers):
                called.set()
            body = answers[len(self.ticks) - 1]
            return Answer(answer.status, {"content-type": "application/json"}, body)

    walk = Walk(0.0)
    ticker = ticker_of(Schedule("user-reconcile", 3600), walk)
    running = asyncio.create_task(ticker.run())
    await asyncio.wait_for(called.wait(), 5)
    ticker.stop()
    await asyncio.wait_for(running, 5)
    assert len(walk.ticks) == 3


async def test_clock_tells_trouble_once(capfd: pytest.CaptureFixture[str]) -> None:
    relay = Relay(0.0, status=500)
    ticker = ticker_of(Schedule("post-relay", 0.01), relay)
    running = asyncio.create_task(ticker.run())
    await asyncio.sleep(0.1)
    relay.status = 200
    await asyncio.sleep(0.1)
    ticker.stop()
    await running
    told = capfd.readouterr().err
    assert (told.count("tick not taken"), told.count("tick taken again")) == (1, 1)
