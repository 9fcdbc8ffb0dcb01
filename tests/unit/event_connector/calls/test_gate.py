"""How many calls of a function are let through, and when none is."""

import asyncio
from collections.abc import Callable

import pytest

from event_connector.calls.gate import FAILURES, Gate
from event_connector.calls.outcomes import Absent, Dead, Done, Outcome, Platform, Retry

AWAY = Platform(503, "no replica")
BROKE = Retry(500, "boom")
BUSY = Retry(429, "too many")


class Calls:
    """Calls through one gate, each of which ends with the outcome it is told."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.open: list[asyncio.Future[Outcome]] = []
        self.most = 0
        self.learned: list[Outcome] = []

    async def one(self, event: str, *, fresh: bool = True) -> Outcome:
        async with self.gate:
            answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            self.open.append(answer)
            self.most = max(self.most, len(self.open))
            try:
                outcome = await answer
            finally:
                self.open.remove(answer)
            outcome = self.gate.learn(outcome, event, fresh=fresh)
            if isinstance(outcome, Platform):
                self.gate.shut(outcome.after)
            self.learned.append(outcome)
            return outcome

    def begin(self, *events: str) -> list[asyncio.Task[Outcome]]:
        return [asyncio.create_task(self.one(event)) for event in events]

    async def answer(self, outcome: Outcome) -> None:
        """End every call that is under way now."""
        await settle()
        for answer in list(self.open):
            answer.set_result(outcome)
        await settle()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def until(check: Callable[[], object]) -> None:
    deadline = now() + 5
    while not check():
        assert now() < deadline, "not within 5 s"
        await asyncio.sleep(0.005)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_no_more_calls_than_asked_for_run_and_in_turn() -> None:
    calls = Calls(Gate("a", 2))
    calls.begin(*"abcde")
    for left in (2, 2, 1, 0):
        await settle()
        assert len(calls.open) == left
        await calls.answer(Done())
    assert (calls.most, calls.gate.running) == (2, 0)


async def test_cancelled_call_leaves_its_place() -> None:
    calls = Calls(Gate("a", 1))
    first, second, third = calls.begin(*"abc")
    await settle()
    second.cancel()
    first.cancel()
    await settle()
    assert len(calls.open) == 1
    await calls.answer(Done())
    assert await third == Done()
    assert calls.gate.running == 0


async def test_place_that_is_given_to_a_call_just_cancelled_goes_on() -> None:
    gate = Gate("a", 1)
    await gate.__aenter__()
    waiting = [asyncio.create_task(gate.__aenter__()) for _ in range(2)]
    await settle()
    await gate.__aexit__()
    waiting[0].cancel()
    await asyncio.wait_for(waiting[1], 1)
    assert gate.running == 1


@pytest.mark.parametrize("outcome", [BUSY, Retry(503, ""), Retry(0, "late"), Platform(429, "")])
async def test_function_without_room_is_given_half_and_then_more_again(
    outcome: Outcome,
) -> None:
    gate = Gate("a", 8)
    for _ in range(8):
        await gate.__aenter__()
    for _ in range(8):  # they were under way together: one lesson
        gate.learn(outcome, "x", fresh=False)
        await gate.__aexit__()
    assert gate.limit == 4
    for _ in range(5):
        gate.learn(Done(), "x")
    assert 5 <= gate.limit < 6
    for _ in range(100):
        gate.learn(Done(), "x")
    assert gate.limit == 8


async def test_one_call_is_let_through_however_little_room_there_is() -> None:
    gate = Gate("a", 4, first=0.001)
    for _ in range(9):
        async with gate:
            gate.learn(BUSY, "x")
    assert gate.limit == 1


async def test_retry_after_holds_all_calls_when_one_at_a_time_is_too_many() -> None:
    gate = Gate("a", 1, first=0.001)
    async with gate:
        gate.learn(Retry(429, "", after=0.2), "a")
    before = now()
    async with gate:  # one event that is told to wait stops nobody else
        assert now() - before < 0.1
        gate.learn(Retry(429, "", after=0.2), "b")
    async with gate:
        assert 0.19 <= now() - before < 2


async def test_gate_keeps_nobody_longer_than_a_minute() -> None:
    gate = Gate()
    gate.shut(after=1e300)
    assert gate._until is not None
    assert gate._until - now() < 61


async def test_platform_that_is_away_is_tried_by_one_call_at_a_time_and_less_often() -> None:
    calls = Calls(Gate("a", 4, first=0.05))
    calls.begin(*"abcdefgh")
    await calls.answer(AWAY)
    waits = []
    for _ in range(3):
        before = now()
        await until(lambda: calls.open)
        waits.append(now() - before)
        assert len(calls.open) == 1
        await calls.answer(AWAY)
    for wait, least in zip(waits, (0.05, 0.1, 0.2), strict=True):
        assert least - 0.01 <= wait < least * 1.8
    assert calls.gate.answers == 0


async def test_any_answer_opens_the_gate_for_all_at_once() -> None:
    calls = Calls(Gate("a", 4, first=30, longest=30))
    first, *_ = calls.begin(*"abcd")
    await settle()
    calls.open[0].set_result(AWAY)
    await first
    late = calls.begin(*"efg")
    await settle()
    assert len(calls.open) == 3
    await calls.answer(BROKE)  # the function's own: the platform reaches it
    await until(lambda: len(calls.open) == 3)
    await calls.answer(Done())
    assert [task.result() for task in late] == [Done()] * 3


async def test_trial_that_takes_long_lets_another_go() -> None:
    calls = Calls(Gate("a", 4, first=0.02))
    calls.begin(*"abcd")
    await calls.answer(AWAY)
    calls.begin(*"efg")
    await until(lambda: len(calls.open) == 2)
    await calls.answer(Done())
    await until(lambda: len(calls.open) == 1)
    await calls.answer(Done())
    assert calls.gate.running == 0


async def broken(gate: Gate) -> None:
    for n in range(FAILURES):
        assert not gate.broken
        outcome = gate.learn(BROKE, f"event {n}")
        assert isinstance(outcome, Retry if n < FAILURES - 1 else Platform)
    assert gate.broken


async def test_function_that_fails_every_event_is_left_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    gate = Gate("post-on-x", 4, first=0.01)
    await broken(gate)
    # What fails meanwhile is no attempt, be it under way since before or sent as a trial.
    for outcome in (BROKE, Dead(501, ""), Retry(0, "cut")):
        expected = Platform(outcome.status, outcome.error, reached=True)
        assert gate.learn(outcome, "another") == expected
    gate.learn(Done(), "one that comes through")
    assert not gate.broken
    told = capfd.readouterr().err
    assert told.count('"circuit opened","function":"post-on-x"') == 1
    assert told.count('"circuit closed","function":"post-on-x"') == 1


async def test_broken_circuit_lets_one_event_through_at_a_time() -> None:
    calls = Calls(Gate("a", 4, first=0.01))
    calls.gate._circuit.first = 0.05
    await broken(calls.gate)
    calls.begin(*"abcdef")
    for least in (0.04, 0.09):
        before = now()
        await until(lambda: calls.open)
        assert now() - before >= least
        assert len(calls.open) == 1
        await calls.answer(BROKE)
    await until(lambda: calls.open)
    await calls.answer(Done())
    await until(lambda: len(calls.open) == 3)
    await calls.answer(Done())


@pytest.mark.parametrize("alive", [Done(), Dead(400, "no"), Retry(409, "clash"), BUSY])
async def test_function_that_answers_anything_else_is_whole(alive: Outcome) -> None:
    gate = Gate("a", 4, first=0.001)
    for n in range(FAILURES - 1):
        gate.learn(BROKE, f"event {n}")
    gate.learn(alive, "one")
    for n in range(FAILURES - 1):
        gate.learn(BROKE, f"event {n}")
    assert not gate.broken


async def test_poison_breaks_no_circuit() -> None:
    gate = Gate("a", 4)
    for n in range(50):
        assert gate.learn(BROKE, "the same event") == BROKE
        assert gate.learn(BROKE, f"event {n}, failed before", fresh=False) == BROKE
    assert not gate.broken


async def test_unknown_function_and_platform_say_nothing_of_the_function() -> None:
    gate = Gate("a", 4)
    for outcome in (Absent("gone"), AWAY):
        assert gate.learn(outcome, "x") == outcome
    assert gate.answers == 0


async def test_gate_that_was_opened_meanwhile_is_not_kept_shut_by_what_was_before() -> None:
    gate = Gate("a", 4, first=0.02)
    gate.shut(after=60)
    waiting = asyncio.create_task(gate.__aenter__())
    await settle()
    gate.open()
    await waiting
    gate.shut()
    async with asyncio.timeout(5), gate:
        assert gate.running == 2
