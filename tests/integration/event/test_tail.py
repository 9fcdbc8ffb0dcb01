"""The log as a stream: what follows comes, and the stream ends itself with a cursor."""

import asyncio

import pytest

from functions.event.operations import tail
from functions.event.store import Store
from shared.testing import Answer, admin, member
from tests.integration.event.examples import happened
from tests.integration.service import Service


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "INTERVAL", 0.02)


def told(answer: Answer) -> list[tuple[str, str]]:
    """Give the id and the event name of each message, heartbeats among them."""
    found = []
    for block in answer.body.decode().split("\n\n")[1:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        kind = fields.get("event", "message" if "data" in fields else "heartbeat")
        found.append((kind, fields["id"]))
    return found


async def test_tail_tells_what_is_there_and_what_comes(event: Service[Store]) -> None:
    await event.store.append([happened(), happened()])

    async def later() -> None:
        await asyncio.sleep(0.1)
        await event.store.append([happened()])

    answer, _ = await asyncio.gather(
        event.call(tail, by=admin(), query={"after": 1, "seconds": 1}), later()
    )
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-store"
    assert told(answer) == [("message", "2"), ("message", "3"), ("end", "3")]
    assert answer.body.endswith(b'event: end\nid: 3\ndata: {"after":3}\n\n')


async def test_tail_begins_now_unless_told_otherwise(event: Service[Store]) -> None:
    await event.store.append([happened(), happened()])
    assert told(await event.call(tail, by=admin(), query={"seconds": 1})) == [("end", "2")]
    resumed = await event.call(
        tail, by=admin(), headers={"last-event-id": "1"}, query={"seconds": 1, "after": 0}
    )
    assert told(resumed) == [("message", "2"), ("end", "2")]


async def test_tail_passes_over_what_nobody_asked_for(event: Service[Store]) -> None:
    kinds = ["post.created", "like.added", "post.deleted", "like.removed"]
    await event.store.append([happened(kind) for kind in kinds])
    answer = await event.call(
        tail, by=admin(), query={"seconds": 1, "after": 0, "type": "post.*"}
    )
    assert told(answer) == [("message", "1"), ("message", "3"), ("end", "4")]


async def test_tail_gives_more_than_a_page(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "PAGE", 2)
    await event.store.append([happened() for _ in range(5)])
    answer = await event.call(tail, by=admin(), query={"seconds": 1, "after": 0})
    assert [id_ for _, id_ in told(answer)] == ["1", "2", "3", "4", "5", "5"]


async def test_silence_is_broken_with_the_place_that_was_reached(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "SILENCE", 0.05)
    await event.store.append([happened("like.added")])
    answer = await event.call(
        tail, by=admin(), query={"seconds": 1, "after": 0, "type": "post.*"}
    )
    kinds = told(answer)
    assert len(kinds) > 2
    assert set(kinds) == {("heartbeat", "1"), ("end", "1")}


async def test_tail_refuses_what_is_no_place(event: Service[Store]) -> None:
    answer = await event.call(tail, by=admin(), headers={"last-event-id": "x"})
    assert (answer.status, answer.json()["detail"]) == (
        400,
        "last-event-id must be a sequence, got 'x'",
    )
    for long in ("9" * 19, "0" * 19 + "1", "0" * 20 + "9" * 60):
        refused = await event.call(tail, by=admin(), headers={"last-event-id": long})
        assert refused.status == 400, long
    assert (await event.call(tail, by=member("m"))).status == 403
