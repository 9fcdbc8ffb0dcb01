"""An event that the answer names has failed, however it was called; a 404 tells of one only."""

import asyncio
from typing import Any, cast

import msgspec
import pytest

from event_connector.calls.gate import Gate
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import (
    Absent,
    Again,
    Answer,
    Dead,
    Done,
    Outcome,
    Platform,
    Retry,
)
from event_connector.carriage.batches import Batches
from event_connector.carriage.handover import Handover
from event_connector.deployed.topics import Subscription
from shared.retries import Policy
from tests.unit.event_connector.calls.test_outcomes import JSON, told
from tests.unit.event_connector.carriage.test_batches import Functions, message, numbered
from tests.unit.event_connector.carrying import (
    Mortal,
    Queue,
    carried_messages,
    event,
    in_no_time,
    sent,
)

NAMED = Retry(200, "the function named it in itemFailures")


class Naming(Mortal):
    """A function that answers by what it is given."""

    def __init__(self, named: Outcome) -> None:
        super().__init__(frozenset(), lambda _: 0.01, Done(), Platform(502, ""))
        self.named = named

    async def deliver(self, *args: Any, batch: bool, **changes: Any) -> Outcome:
        outcome = await super().deliver(*args, batch=batch, **changes)
        assert outcome == Done()
        return self.named


def carried(function: Mortal, **changes: Any) -> Queue:
    wish = Subscription("a", ("#",), policy=Policy(attempts=3), **changes)
    return in_no_time(carried_messages(function, [sent(event("1"))], wish))


@pytest.mark.parametrize("batch", [1, 50])
def test_event_that_is_named_is_tried_again(batch: int) -> None:
    """A function that takes batches is given one event when its annotation is not read."""
    function = Naming(Done(frozenset({"1"})))
    [letter] = carried(function, batch=batch).dead
    assert (letter.id, letter.attempts, function.calls["1"]) == ("1", 3, 3)
    assert letter.headers["fanfold-last-error"] == NAMED.error


def test_one_event_is_done_when_others_are_named() -> None:
    function = Naming(Done(frozenset({"2"})))
    assert (carried(function).dead, function.calls["1"]) == ([], 1)


async def test_suspect_of_a_batch_that_is_named_has_failed() -> None:
    functions = Functions(lambda ids: Done(frozenset(ids)))
    batches = gathering(functions, listed=True)
    assert await batches.deliver(message("1"), alone=True) == NAMED


def gathering(functions: object, *, listed: bool, batch: int = 50) -> Batches:
    wish = Subscription("a", ("#",), batch=batch, concurrency=1)
    gate = Gate("a", wish.concurrency)

    async def asked(_function: str) -> bool:
        return listed

    return Batches(wish, gate, Handover(wish, gate, cast(Invoker, functions)), asked)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"itemFailures": ["1"]}', Done(frozenset({"1"}))),
        (b'{"itemFailures": []}', Done()),
        (b'{"itemFailures": [{"itemIdentifier": "1"}]}', Done()),
        (b'{"itemFailures": "none"}', Done()),
        (b'["itemFailures"]', Done()),
        (b'{"itemFailures": ["1"], "again": true}', Again()),
        (b'{"itemFailures"', Done()),
    ],
)
def test_answer_to_one_event_may_name_it(body: bytes, expected: Outcome) -> None:
    assert told(Answer(200, JSON, body)) == expected


def test_text_names_nothing() -> None:
    body = b'{"itemFailures": ["1"]}'
    assert told(Answer(200, {"content-type": "text/plain"}, body)) == Done()


async def test_what_one_event_of_a_batch_misses_fails_it_alone() -> None:
    functions = Functions(lambda ids: Absent("no such post") if "5" in ids else Done())
    batches = gathering(functions, listed=True)
    found = await asyncio.gather(*(batches.deliver(one) for one in numbered(20)))
    assert {str(n): one for n, one in enumerate(found) if one != Done()} == {
        "5": Absent("no such post")
    }


async def test_batch_for_a_function_that_is_gone_waits_as_a_whole() -> None:
    functions = Functions(lambda _: Absent("no function"))
    batches = gathering(functions, listed=False)
    found = await asyncio.gather(*(batches.deliver(one) for one in numbered(20)))
    assert (found, len(functions.batches)) == ([Platform(404, "no function")] * 20, 1)


class Missing(Mortal):
    """A function that says 404 of a whole batch when one of its events misses something."""

    async def deliver(
        self, function: str, body: bytes, headers: object, codes: object, *, batch: bool
    ) -> Outcome:
        await super().deliver(function, body, headers, codes, batch=batch)
        ids = {one["id"] for one in msgspec.json.decode(body)}
        if ids & self.poison:
            for one in ids:
                self.done.pop(one, None)
            return Absent("no such post")
        return Done()


def test_innocents_of_a_batch_are_not_dead_of_what_another_misses() -> None:
    function = Missing(frozenset({"7"}), lambda _: 0.01, Done(), Dead(404, ""))
    function.heals = 0.0
    wish = Subscription("a", ("#",), batch=10, prefetch=40)
    messages = [sent(event(str(number))) for number in range(30)]
    queue = in_no_time(carried_messages(function, messages, wish))
    assert [letter.id for letter in queue.dead] == ["7"]
    assert set(function.done) == {str(number) for number in range(30)} - {"7"}


async def test_call_ends_when_nobody_waits_for_the_rest_of_a_batch() -> None:
    """One half is done, and then those are given back who wait for the other."""
    begun, ended = asyncio.Event(), asyncio.Event()

    class Hanging(Functions):
        async def deliver(self, *args: Any, **changes: Any) -> Outcome:
            outcome = await super().deliver(*args, **changes)
            if len(self.batches) < 3:
                return outcome
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            raise AssertionError

    functions = Hanging(lambda ids: Dead(400, "") if len(ids) > 2 else Done())
    batches = gathering(functions, listed=True, batch=4)
    tasks = [asyncio.create_task(batches.deliver(one)) for one in numbered(4)]
    await begun.wait()
    for task in tasks[2:]:
        task.cancel()
    async with asyncio.timeout(10):
        await ended.wait()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert found[:2] == [Done()] * 2
    assert batches.gate.running == 0
