"""What keepers of events do not take is kept in place, and never hides or goes by mistake."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pamqp.commands import Basic

from event_connector.broker.message import Message
from event_connector.calls.outcomes import Absent, Done, Outcome, Platform, Retry
from event_connector.carriage.settling import HOLD, REFUSALS
from event_connector.deployed.topics import DEAD_LETTER_STORE, EVENT_STORE, Subscription
from tests.unit.event_connector.carrying import (
    Mortal,
    Queue,
    carried_messages,
    delivered,
    event,
    in_no_time,
    sent,
)

FELLED = Platform(502, "closed the connection without a whole answer", reached=True)
FULL = Retry(503, "no connection to the database")


@dataclass
class Saying(Mortal):
    """A function that says so of each of its calls, one after the other."""

    say: Callable[[int, float], Outcome] = lambda _, __: Done()
    times: list[float] = field(default_factory=list)

    async def deliver(self, *_: object, **__: object) -> Outcome:
        self.times.append(self.clock())
        await asyncio.sleep(0.001)
        return self.say(len(self.times), self.clock())


def saying(say: Callable[[int, float], Outcome]) -> Saying:
    return Saying(frozenset(), lambda _: 0.001, Done(), FELLED, say=say)


@dataclass
class Watched(Queue):
    """A queue that remembers by which exchange its messages came."""

    exchanges: list[str] = field(default_factory=list)

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Basic.Properties
    ) -> None:
        self.exchanges.append(exchange)
        if exchange == "events.return":
            exchange = "events.retry.0"
        await super().publish(exchange, key, body, properties)


def carried(
    function: Mortal, keeper: str, *messages: Message, **changes: Any
) -> tuple[list[str], Queue]:
    wish = Subscription(keeper, ("#",), **changes)
    queue = Watched(wish.prefetch)
    in_no_time(carried_messages(function, list(messages), wish, queue))
    return queue.exchanges, queue


def letter(number: int, **headers: str) -> Message:
    one = event(str(number))
    found: dict[str, Any] = {
        "fanfold-function": "a",
        "fanfold-attempt": "10",
        "fanfold-reason": "attempts exhausted",
    }
    named = {f"fanfold-{name}": value for name, value in headers.items()}
    properties = Basic.Properties(
        message_id=one.id, content_type="application/json", headers=found | named
    )
    return replace(delivered(one.encode(), properties), tag=number)


def test_keeper_that_is_away_for_long_has_its_events_in_their_places() -> None:
    """In a tier they would hide from who waits until the store has taken all."""
    away = Platform(503, "away")
    function = saying(lambda _, now: away if now < 2 * HOLD else Done())
    published, _ = carried(function, EVENT_STORE, sent(event("1")))
    assert (published, function.times[-1] >= 2 * HOLD) == ([], True)


def test_event_that_its_store_refuses_goes_behind_the_others() -> None:
    function = saying(lambda calls, _: Retry(500, "no") if calls <= REFUSALS else Done())
    published, _ = carried(function, EVENT_STORE, sent(event("1")))
    assert (published, len(function.times)) == (["events.return"], REFUSALS + 1)


def test_suspect_of_a_keeper_without_room_waits() -> None:
    def say(calls: int, now: float) -> Outcome:
        return FELLED if calls == 1 else FULL if now < 60 else Done()

    function = saying(say)
    published, _ = carried(function, EVENT_STORE, sent(event("1")))
    assert (published, len(function.times) < 40) == ([], True)


def test_suspect_waits_as_long_as_a_keeper_asks_for() -> None:
    full = Retry(503, "full", after=30.0)
    function = saying(lambda calls, _: (FELLED, full)[calls - 1] if calls < 3 else Done())
    carried(function, EVENT_STORE, sent(event("1")))
    assert function.times[2] - function.times[1] >= 30


@pytest.mark.parametrize("batch", [1, 50])
def test_store_of_dead_letters_that_refuses_all_for_minutes_loses_none(batch: int) -> None:
    """Their attempts are those of another function: here each of them is fresh."""
    function = saying(lambda _, now: Retry(500, "broken") if now < 1200 else Done())
    letters = [letter(number) for number in range(30)]
    published, _ = carried(
        function, DEAD_LETTER_STORE, *letters, batch=batch, concurrency=2, prefetch=200
    )
    assert published == []


def test_dead_letter_that_was_a_suspect_is_none_of_its_store() -> None:
    function = saying(lambda _, __: Done())
    letters = [letter(number, suspect="3") for number in range(4)]
    wish = Subscription(DEAD_LETTER_STORE, ("#",), batch=50, prefetch=200)
    in_no_time(carried_messages(function, letters, wish))
    assert len(function.times) == 1


def test_message_without_id_that_fells_the_store_of_dead_letters_is_parked() -> None:
    function = saying(lambda _, __: FELLED)
    message = delivered(b"poison", Basic.Properties(content_type="text/plain"))
    published, queue = carried(function, DEAD_LETTER_STORE, message)
    assert (published, [one.body for one in queue.parked]) == ([""], [b"poison"])


def test_function_that_comes_back_to_the_list_is_believed_no_sooner() -> None:
    """The gateway lists it before it routes to it."""
    lists = iter([False, False, True])

    async def listed(_function: str) -> bool:
        return next(lists)

    function = saying(lambda calls, _: Absent("no function") if calls < 4 else Done())
    wish = Subscription("a", ("#",))
    queue = in_no_time(carried_messages(function, [sent(event("1"))], wish, listed=listed))
    assert (queue.dead, len(function.times)) == ([], 4)
