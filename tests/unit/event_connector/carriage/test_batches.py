"""Events go in batches, and what fails one of them is found without harm to the others."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from event_connector.broker.message import Message, Unsettled
from event_connector.calls.gate import Gate
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import (
    Answer,
    Dead,
    Done,
    Outcome,
    Platform,
    Retry,
    classify,
)
from event_connector.carriage.batches import MOST_BYTES, Batches
from event_connector.carriage.handover import Handover
from event_connector.deployed.topics import Subscription, wishes
from shared.events import BATCH_TYPE, Event
from shared.retries import RETRIED

Say = Callable[[list[str]], Outcome]


class Functions:
    """A gateway behind which one function answers by the ids of the batch."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.batches: list[list[str]] = []
        self.headers: list[Mapping[str, str]] = []

    async def deliver(
        self, _function: str, body: bytes, headers: Mapping[str, str], _codes: object, **_: bool
    ) -> Outcome:
        ids = [event["id"] for event in msgspec.json.decode(body)]
        self.batches.append(ids)
        self.headers.append(headers)
        await asyncio.sleep(0)
        return self.say(ids)


def message(id: str, size: int = 0) -> Message:  # noqa: A002 - the event's own name for it
    event = Event(
        id=id,
        type="post.created",
        source="/fanfold/post",
        subject="post/1",
        time=datetime(2026, 11, 22, tzinfo=UTC),
        dataschema="",
        data={"text": "x" * size},
    )
    return Message(event.encode(), {}, event.type, id=id, event=event)


def gathering(wish: Subscription, functions: object) -> Batches:
    gate = Gate("a", wish.concurrency)
    return Batches(wish, gate, Handover(wish, gate, cast(Invoker, functions)), _listed)


async def _listed(_function: str) -> bool:
    return True


async def sent(
    functions: Functions, *messages: Message, batch: int = 100, **changes: Any
) -> list[Outcome]:
    wish = Subscription("a", ("#",), batch=batch, **{"concurrency": 1, "window": 0.0} | changes)
    batches = gathering(wish, functions)
    return await asyncio.gather(*(batches.deliver(one) for one in messages))


def numbered(count: int) -> list[Message]:
    return [message(str(number)) for number in range(count)]


async def test_what_arrives_together_goes_together() -> None:
    functions = Functions(lambda _: Done())
    assert await sent(functions, *numbered(7), batch=3) == [Done()] * 7
    assert functions.batches == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    assert functions.headers[0] == {"content-type": BATCH_TYPE, "fanfold-function": "a"}


async def test_full_batch_does_not_wait_for_its_window() -> None:
    functions = Functions(lambda _: Done())
    async with asyncio.timeout(10):
        await sent(functions, *numbered(6), batch=3, window=60.0)
    assert functions.batches == [["0", "1", "2"], ["3", "4", "5"]]


async def test_named_failures_are_retried_and_the_rest_is_done() -> None:
    functions = Functions(lambda ids: Done(frozenset({"1"}) & set(ids)))
    failed = Retry(200, "the function named it in itemFailures")
    assert await sent(functions, *numbered(3)) == [Done(), failed, Done()]


async def test_failure_of_an_event_that_was_not_sent_fails_what_was() -> None:
    functions = Functions(lambda _: Done(frozenset({"9"})))
    told = Retry(200, "itemFailures names '9', which was not in the batch")
    assert await sent(functions, *numbered(2)) == [told] * 2


@pytest.mark.parametrize(
    "fault",
    [
        Retry(500, "broken"),
        Retry(0, "no answer"),
        Dead(400, "no"),
        Platform(502, "", reached=True),
    ],
)
async def test_poison_is_halved_until_it_is_alone(fault: Outcome) -> None:
    poison = {"5", "41"}
    functions = Functions(lambda ids: fault if poison & set(ids) else Done())
    outcomes = await sent(functions, *numbered(50))
    told = replace(fault, alone=True) if isinstance(fault, Platform) else fault
    assert {str(n): found for n, found in enumerate(outcomes) if found != Done()} == {
        "5": told,
        "41": told,
    }
    assert len(functions.batches) <= 2 * 2 * 6 + 1


@pytest.mark.parametrize(
    "busy", [Retry(503, "full", 2.0), Retry(429, "slowly"), Platform(503, "away")]
)
async def test_batch_without_room_is_not_halved(busy: Outcome) -> None:
    functions = Functions(lambda _: busy)
    assert (await sent(functions, *numbered(5)), len(functions.batches)) == ([busy] * 5, 1)


async def test_one_id_is_never_twice_in_a_batch() -> None:
    functions = Functions(lambda _: Done())
    await sent(functions, message("1"), message("1"), message("2"))
    assert functions.batches == [["1", "2"], ["1"]]


async def test_batch_is_bounded_by_its_bytes() -> None:
    functions = Functions(lambda _: Done())
    half = MOST_BYTES // 2
    await sent(functions, message("1", 2 * MOST_BYTES), message("2", half), message("3", half))
    assert functions.batches == [["1"], ["2"], ["3"]]


async def test_what_is_not_handed_over_when_the_courier_drains_is_left_to_the_broker() -> None:
    def stop(_: list[str]) -> Outcome:
        batches.stop()
        return Retry(500, "broken")

    functions = Functions(stop)
    wish = Subscription("a", ("#",), batch=4, concurrency=1)
    batches = gathering(wish, functions)
    found = await asyncio.gather(
        *(batches.deliver(one) for one in numbered(6)), return_exceptions=True
    )
    assert [type(one) for one in found] == [Unsettled] * 6
    assert len(functions.batches) == 1


async def test_what_waits_behind_a_shut_gate_is_given_back_at_once() -> None:
    functions = Functions(lambda _: Done())
    batches = gathering(Subscription("a", ("#",), batch=4, concurrency=1), functions)
    batches.gate.shut(60)
    waiting = asyncio.gather(
        *(batches.deliver(one) for one in numbered(3)), return_exceptions=True
    )
    await asyncio.sleep(0)
    batches.stop()
    async with asyncio.timeout(5):
        found = await waiting
    assert [type(one) for one in found] == [Unsettled] * 3
    assert functions.batches == []


async def test_call_ends_when_nobody_waits_for_it() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    class Hanging:
        async def deliver(self, *_: object, **__: object) -> Outcome:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

    wish = Subscription("a", ("#",), batch=2, concurrency=1)
    batches = gathering(wish, Hanging())
    tasks = [asyncio.create_task(batches.deliver(one)) for one in numbered(2)]
    await begun.wait()
    for task in tasks:
        task.cancel()
    async with asyncio.timeout(10):
        await ended.wait()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"itemFailures": ["1"]}', Done(frozenset({"1"}))),
        (b'{"itemFailures": []}', Done()),
        (b"{}", Done()),
        (b"null", Done()),
    ],
)
def test_answer_to_a_batch_names_failures(body: bytes, expected: Outcome) -> None:
    assert _classified(body) == expected


@pytest.mark.parametrize(
    "body", [b'{"itemFailures": "1"}', b'{"itemFailures": [1]}', b"[", b"3"]
)
def test_answer_to_a_batch_that_cannot_be_read_fails_it(body: bytes) -> None:
    """Taking it for success would lose the events that it was meant to name."""
    assert isinstance(_classified(body), Retry)


def _classified(body: bytes) -> Outcome:
    answer = Answer(200, {"content-type": "application/json"}, body)
    return classify(answer, RETRIED, datetime(2026, 11, 22, tzinfo=UTC), batch=True)


def test_wishes_of_batches() -> None:
    wish = wishes(
        "a", {"topic": "#", "com.fanfold.batch": "50", "com.fanfold.concurrency": "2"}
    )
    assert wish.subscription == Subscription(
        "a", ("#",), concurrency=2, prefetch=200, batch=50, window=0.02
    )


def test_batches_that_cannot_be_are_complained_of() -> None:
    asked = {"topic": "#", "com.fanfold.batch": "5000", "com.fanfold.batch-window": "2m"}
    told = (
        "com.fanfold.batch: a batch has 1000 events at most, got '5000'",
        "com.fanfold.batch-window: a batch is gathered for 60s at most, got '2m'",
    )
    assert wishes("a", asked).complaints == told
