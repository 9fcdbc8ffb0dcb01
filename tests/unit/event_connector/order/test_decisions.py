"""What operators have decided about dead letters is found however much they decided since."""

from typing import Any, cast
from urllib.parse import parse_qs

import msgspec

from event_connector.calls.calling import NotAnswered
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import Answer
from event_connector.order.decisions import EVERY, Decisions

PAGE = 100


class Letters:
    """The event service, with so many discarded letters, the latest first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pages = 0
        self.now = 0.0
        self.takes = 0.0
        self.away = False

    def clock(self) -> float:
        return self.now

    async def call(self, _function: str, *, method: str, query: str) -> Answer:
        asked = parse_qs(query)
        assert (method, asked["state"], asked["limit"]) == ("GET", ["discarded"], ["100"])
        self.pages += 1
        self.now += self.takes
        if self.away:
            raise NotAnswered("no answer")
        begin = int(asked.get("cursor", ["0"])[0])
        end = min(begin + PAGE, self.count)
        page: dict[str, Any] = {"items": [{"event_id": str(n)} for n in range(begin, end)]}
        page["next"] = str(end) if end < self.count else None
        return Answer(200, {}, msgspec.json.encode(page))


def asking(letters: Letters) -> Decisions:
    return Decisions(cast(Invoker, letters), "a")


async def test_old_decision_is_found_behind_many_newer_ones() -> None:
    letters = Letters(30 * PAGE)
    found = await asking(letters).discarded(["2905", "3", "none of these"])
    assert (found, letters.pages) == ({"2905", "3"}, 30)


async def test_nothing_is_read_behind_the_last_that_is_looked_for() -> None:
    letters = Letters(30 * PAGE)
    assert (await asking(letters).discarded(["3", "150"]), letters.pages) == ({"3", "150"}, 2)


async def test_service_is_left_alone_for_a_while_after_it_was_asked() -> None:
    letters = Letters(3 * PAGE)
    letters.takes = EVERY
    decisions = asking(letters)
    assert await decisions.discarded(["299"]) == {"299"}
    assert (await decisions.discarded(["299"]), letters.pages) == (set(), 3)
    letters.now += EVERY
    assert await decisions.discarded(["299"]) == {"299"}


async def test_nothing_is_decided_while_nobody_answers() -> None:
    letters = Letters(PAGE)
    letters.away = True
    assert (await asking(letters).discarded(["3"]), letters.pages) == (set(), 1)
