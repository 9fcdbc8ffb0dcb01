"""What operators have decided about dead letters is asked by event, however many there are."""

from typing import Any, cast
from urllib.parse import parse_qsl

import msgspec

from event_connector.calls.calling import NotAnswered
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.order.decisions import EVERY, LIST, Decisions


class Letters:
    """The event service, with the discarded letters of these events."""

    def __init__(self, *discarded: str) -> None:
        self.discarded = discarded
        self.asked: list[str] = []
        self.now = 0.0
        self.away = False

    def clock(self) -> float:
        return self.now

    async def call(self, function: str, *, method: str, query: str) -> Answer:
        asked = dict(parse_qsl(query))
        event = asked.pop("event")
        assert (function, method) == (LIST, "GET")
        assert asked == {"function": "a", "state": "discarded", "limit": "1"}
        self.asked.append(event)
        if self.away:
            raise NotAnswered("no answer")
        items: list[Any] = [{"event_id": event}] if event in self.discarded else []
        return Answer(200, {}, msgspec.json.encode({"items": items, "next": None}))


def asking(letters: Letters) -> Decisions:
    return Decisions(cast(Invoker, letters), "a")


async def test_each_event_is_asked_for_by_itself() -> None:
    letters = Letters("2905", "3", "others")
    found = await asking(letters).discarded(["2905", "3", "waits"])
    assert (found, letters.asked) == ({"2905", "3"}, ["2905", "3", "waits"])


async def test_service_is_left_alone_for_a_while_about_what_was_asked() -> None:
    letters = Letters("1", "2")
    decisions = asking(letters)
    assert await decisions.discarded(["1"]) == {"1"}
    assert await decisions.discarded(["1", "2"]) == {"2"}
    letters.now += EVERY
    assert await decisions.discarded(["1"]) == {"1"}
    assert letters.asked == ["1", "2", "1"]


async def test_nothing_is_decided_while_nobody_answers() -> None:
    letters = Letters("1")
    letters.away = True
    decisions = asking(letters)
    assert (await decisions.discarded(["1"]), letters.asked) == (set(), ["1"])
