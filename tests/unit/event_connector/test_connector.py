"""What the connector began goes on, whatever an unforeseen fault ended."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

import pytest

from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.clock.forgetting import Forgetting
from event_connector.clock.leading import Leading
from event_connector.connector import Connector
from event_connector.deployed.gateway import Gateway
from event_connector.operation.metrics import Metrics
from shared.amqp import Broker


@dataclass
class Functions:
    """A gateway that lists one relay."""

    functions: Mapping[str, Mapping[str, str]]
    up: bool = True

    async def refresh(self) -> bool:
        return self.up

    async def listed(self, function: str) -> bool:
        return function in self.functions

    async def serves(self, function: str) -> bool:
        return function in self.functions

    def version(self, _function: str) -> str:
        return ""


@dataclass
class Relay:
    """Answers, but for the first call, which meets a fault that nobody has thought of."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0
    metrics: Metrics = field(default_factory=lambda: Metrics(time.time))

    async def call(self, _function: str, headers: Mapping[str, str]) -> Answer:
        assert headers == {}
        self.calls += 1
        if self.calls == 1:
            raise KeyError("unforeseen")
        self.called.set()
        return Answer(200, {})


class Away:
    """A broker that is not there."""

    url = "amqp://nowhere"
    up = False

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None: ...

    async def connection(self) -> None:
        await asyncio.Event().wait()

    def channel(self) -> None:
        raise ConnectionError("not there")


class Lead:
    """Leads, whatever the broker does."""

    leads = True

    async def run(self) -> None: ...
    async def wait(self) -> None: ...
    async def close(self) -> None: ...


def connector(relay: Relay, functions: Mapping[str, Mapping[str, str]]) -> Connector:
    gateway = cast(Gateway, Functions(functions))
    made = Connector(
        cast(Broker, Away()), gateway, cast(Invoker, relay), lambda tiers: tiers[0], 0.1
    )
    made.look_every = 0.01
    made.leading = cast(Leading, Lead())
    return made


async def running(made: Connector, check: Callable[[], Awaitable[object]]) -> None:
    work = asyncio.create_task(made.run())
    try:
        await asyncio.wait_for(check(), 5)
    finally:
        await made.stop()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def test_clock_that_a_fault_ended_is_started_again(
    capfd: pytest.CaptureFixture[str],
) -> None:
    relay = Relay()
    made = connector(relay, {"post-relay": {"com.fanfold.every": "100ms"}})
    await running(made, relay.called.wait)
    told = capfd.readouterr().err
    assert (told.count("work broke off"), told.count("KeyError('unforeseen')")) == (1, 1)


async def test_stopping_begins_nothing_anew() -> None:
    relay = Relay(calls=1)
    made = connector(relay, {"post-relay": {"com.fanfold.every": "100ms"}})
    await running(made, relay.called.wait)
    seen = relay.calls
    await asyncio.sleep(0.3)
    assert (relay.calls, made._tasks) == (seen, {})


@dataclass
class Watched(Functions):
    """Tells how often the connector has looked."""

    looks: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def refresh(self) -> bool:
        self.looks.release()
        return True

    async def looked(self, times: int) -> None:
        while not self.looks.locked():  # what was before does not count
            await self.looks.acquire()
        for _ in range(times):
            await self.looks.acquire()


class Slow(Relay):
    """Answers when it is let go, and notes how many calls of it ran at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go, self.twice = asyncio.Event(), asyncio.Event()
        self.most = self.running = 0

    async def call(self, function: str, headers: Mapping[str, str]) -> Answer:
        assert (function, headers) == ("post-relay", {})
        self.running += 1
        self.most = max(self.most, self.running)
        (self.twice if self.called.is_set() else self.called).set()
        await self.go.wait()
        self.running -= 1
        return Answer(200, {})


async def test_changed_schedule_waits_for_the_call_of_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    relay, listed = Slow(), {"post-relay": {"com.fanfold.every": "100ms"}}
    made, watched = connector(relay, listed), Watched(listed)
    made.gateway = cast(Gateway, watched)
    scheduled: list[list[str]] = []

    async def follow(_: object, functions: Collection[str]) -> None:
        scheduled.append([*functions])

    monkeypatch.setattr(Forgetting, "follow", follow)

    async def change() -> None:
        await relay.called.wait()
        listed["post-relay"] = {"com.fanfold.every": "150ms"}
        await watched.looked(20)
        assert made.tickers == {}
        # However long the call takes, the function has a schedule.
        assert scheduled[-1] == ["post-relay"]
        relay.go.set()
        await relay.twice.wait()

    await running(made, change)
    assert relay.most == 1
