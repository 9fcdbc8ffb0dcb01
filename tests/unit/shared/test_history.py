import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from shared.errors import Problem, Unavailable
from shared.events import Event
from shared.history import history, stored
from shared.ids import new_id
from shared.testing import NOW, RecordingBroker

OVER, GOES_ON = float("-inf"), float("inf")


class Listed:
    """Gives these answers of event-list one after the other."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, str]] = []

    async def get(self, function: str, **query: str) -> dict[str, Any]:
        assert function == "event-list"
        self.asked.append(query)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def happened(sequence: int) -> dict[str, Any]:
    return {
        "sequence": sequence,
        "id": new_id(),
        "type": "post.created",
        "source": "/fanfold/post",
        "subject": f"post/{sequence}",
        "time": NOW.isoformat(),
        "dataschema": "proto:fanfold.post.v1.PostCreated",
        "data": {},
        "revision": 1,
        "recorded_at": NOW.isoformat(),
    }


def page(sequences: Sequence[int], following: str | None = None) -> dict[str, Any]:
    return {"items": [happened(number) for number in sequences], "next": following}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.history._LOOK_AGAIN_SECONDS", 0)


async def told(listed: Listed, until: float = OVER) -> list[Event]:
    pages = history(listed, ["post.created", "post.deleted"], until)
    return [event async for events in pages for event in events]


async def test_page_without_events_is_not_the_end_while_another_follows() -> None:
    listed = Listed(page([], "a"), page([7], "b"), page([], "c"), page([9]))
    assert [event.subject for event in await told(listed)] == ["post/7", "post/9"]
    kinds = {"type": "post.created,post.deleted", "limit": "200"}
    assert listed.asked == [
        {**kinds, "after": "0"},
        {**kinds, "cursor": "a"},
        {**kinds, "cursor": "b"},
        {**kinds, "cursor": "c"},
    ]


async def test_end_is_looked_at_again_from_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.history.monotonic", iter((1, 1, 1, 1, 3)).__next__)
    listed = Listed(page([5]), page([]), page([], "a"), page([]), page([8]))
    assert [event.subject for event in await told(listed, until=2)] == ["post/5", "post/8"]
    places = [(one.get("after"), one.get("cursor")) for one in listed.asked]
    assert places == [("0", None), ("5", None), ("5", None), (None, "a"), (None, "a")]


async def test_page_that_does_not_come_is_asked_for_again() -> None:
    listed = Listed(page([1], "a"), *[Unavailable("event-list answered 503")] * 3, page([2]))
    assert [event.subject for event in await told(listed)] == ["post/1", "post/2"]


async def test_log_that_does_not_come_at_all_is_no_end() -> None:
    with pytest.raises(Unavailable, match=r"^event-list answered 503$"):
        await told(Listed(page([1], "a"), *[Unavailable("event-list answered 503")] * 99))


async def test_log_is_whole_once_nothing_waits_to_be_stored() -> None:
    broker = RecordingBroker()
    broker.depths = {"fn.event-store": 2, "fn.other": 7}
    with pytest.raises(Problem, match=r"^2 events wait in fn\.event-store, and consumers may"):
        await stored(broker, patience=0.0)
    waiting = asyncio.create_task(stored(broker, patience=60.0))
    await asyncio.sleep(0)
    broker.depths = {"fn.other": 7}
    await waiting
