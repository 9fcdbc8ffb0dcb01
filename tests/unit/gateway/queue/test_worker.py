"""What becomes of a queued call: done, tried again, moved, or given up with a trace."""

from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from aiormq.abc import AbstractChannel

from gateway.function import Function
from gateway.queue import worker
from gateway.queue.lanes import ATTEMPT, UNDEPLOYED, Delivery, Lane, Memory
from gateway.queue.loopback import Answer, Loopback
from gateway.queue.outgoing import Outside
from gateway.queue.record import Record
from gateway.queue.settings import POLICY
from gateway.queue.tallies import Tallies
from gateway.queue.worker import Worker
from gateway.wire import Deployment
from tests.unit.gateway.queue.answers import INTERNAL, answer
from tests.unit.gateway.queue.test_callbacks import Fake
from tests.unit.gateway.queue.test_record import CALL


@dataclass
class FunctionLog:
    lines: list[str] = field(default_factory=list)

    def note(self, _at: float, text: str) -> None:
        self.lines.append(text)


@dataclass
class FakeFunction:
    deployment: Deployment
    log: FunctionLog = field(default_factory=FunctionLog)


class Stage:
    """A worker whose function answers as told; `done` is what was done, in order."""

    def __init__(self, *answers: Answer, **annotations: str) -> None:
        named = {f"com.openfaas.retry.{name}": text for name, text in annotations.items()}
        deployment = Deployment(service="f", image="i", annotations=named)
        self.function: FakeFunction | None = FakeFunction(deployment)
        self.answers = list(answers)
        self.done: list[Any] = []
        self.outside = Fake(200)
        self.tallies, self.memory = Tallies(), Memory()
        self.worker = Worker(
            find=lambda _: cast(Function | None, self.function),
            lane=self.lane,
            publish=self.publish,
            loopback=cast(Loopback, self),
            outside=cast(Outside, self.outside),
            tallies=self.tallies,
            memory=self.memory,
            policy=POLICY,
            clock=lambda: 1.0,
        )

    async def lane(self, name: str) -> str:
        return f"async.{name}"

    async def publish(
        self, exchange: str, key: str, _delivery: Delivery, headers: dict[str, int]
    ) -> None:
        self.done.append((exchange, key, headers))

    async def call(self, call: Record) -> Answer:
        self.done.append("called")
        assert call == CALL
        return self.answers.pop(0)

    async def basic_ack(self, _tag: int, **_: Any) -> None:
        self.done.append("acked")

    async def handle(self, name: str = "f.ns", attempt: int = 1) -> Delivery:
        lane = Lane(name, self.memory, lambda _: 1, lambda _: None, lambda *_: None)
        channel = cast(AbstractChannel, self)
        delivery = Delivery(lane, channel, 1, "m", attempt, CALL)
        await self.worker.handle(delivery)
        assert self.done[-1] == "acked"
        assert "m" in self.memory.over
        return delivery


def tier(milliseconds: int) -> str:
    return f"events.retry.{milliseconds}"


async def test_a_call_that_went_well_is_told_of_and_acked() -> None:
    stage = Stage(answer(200, body=b"b"))
    await stage.handle()
    assert stage.done == ["called", "acked"]
    assert [each[2] for each in stage.outside.sent] == [b"b"]
    tally = stage.tallies["f.ns"]
    assert (tally.attempts, tally.retries) == (1, 0)
    assert (tally.outcomes["done"], tally.callbacks["delivered"]) == (1, 1)


async def test_a_call_that_went_wrong_waits_in_a_tier_before_it_is_acked() -> None:
    stage = Stage(answer(500), min_wait="1s", max_wait="1s")
    await stage.handle(attempt=3)
    assert stage.done == ["called", (tier(1000), "async.f.ns", {ATTEMPT: 4}), "acked"]
    assert stage.outside.sent == []
    assert stage.tallies["f.ns"].retries == 1


async def test_the_first_retry_waits_as_openfaas_does() -> None:
    stage = Stage(answer(500))
    await stage.handle()
    assert stage.done[1] == (tier(10_000), "async.f.ns", {ATTEMPT: 2})


async def test_a_call_that_used_up_its_attempts_leaves_traces(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = Stage(answer(500, body=b"why"), attempts="3")
    await stage.handle(attempt=3)
    assert stage.done == ["called", "acked"]
    assert stage.function is not None
    assert stage.function.log.lines == ["queued call id-1 given up: status 500, attempt 3"]
    assert '"queued call given up"' in capfd.readouterr().err
    assert stage.tallies["f.ns"].outcomes["failed"] == 1
    assert b"X-Function-Status: 500\r\n" in stage.outside.sent[0][1]


async def test_a_full_function_is_asked_until_it_has_room() -> None:
    full = [answer(429, INTERNAL) for _ in range(3)]
    stage = Stage(*full, answer(200), attempts="1")
    await stage.handle()
    assert stage.done == ["called"] * 4 + ["acked"]
    assert stage.tallies["f.ns"].outcomes["done"] == 1


async def test_a_function_that_stays_full_costs_an_attempt(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "BUSY_SECONDS", -1.0)
    stage = Stage(answer(429, INTERNAL))
    await stage.handle()
    assert stage.done[1:] == [(tier(10_000), "async.f.ns", {ATTEMPT: 2}), "acked"]


async def test_calls_of_a_function_that_is_gone_wait_with_the_undeployed() -> None:
    stage = Stage()
    stage.function = None
    await stage.handle(attempt=5)
    assert stage.done == [("", "async.undeployed", {ATTEMPT: 1}), "acked"]


async def test_they_come_back_when_it_is_deployed() -> None:
    stage = Stage()
    await stage.handle(UNDEPLOYED, attempt=5)
    assert stage.done == [("", "async.f.ns", {ATTEMPT: 1}), "acked"]


async def test_until_then_they_wait_in_tiers() -> None:
    stage = Stage()
    stage.function = None
    await stage.handle(UNDEPLOYED)
    assert stage.done == [(tier(10_000), "async.undeployed", {ATTEMPT: 2}), "acked"]


async def test_a_function_that_never_comes_is_given_up(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = Stage()
    stage.function = None
    await stage.handle(UNDEPLOYED, attempt=POLICY.attempts)
    assert stage.done == ["acked"]
    _, lines, body, _ = stage.outside.sent[0]
    assert (b"X-Function-Status: 404\r\n" in lines, body) == (True, b"")
    assert "the function is not deployed" in capfd.readouterr().err
    assert stage.tallies[UNDEPLOYED].outcomes["undeployed"] == 1


async def test_a_function_that_goes_while_a_call_waits_for_room_is_waited_for() -> None:
    stage = Stage(answer(429, INTERNAL))
    find = iter([stage.function, None])
    stage.worker = replace(stage.worker, find=lambda _: cast(Function | None, next(find)))
    await stage.handle()
    assert stage.done[1:] == [(tier(10_000), "async.f.ns", {ATTEMPT: 2}), "acked"]
