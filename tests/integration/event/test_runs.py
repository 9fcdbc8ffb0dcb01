"""Replays and retries of many: to one function, at a rate, whatever crashes on the way."""

import asyncio
from types import ModuleType
from typing import Any, cast

import aiormq
import pytest
from aiormq.abc import AbstractChannel
from pamqp.commands import Basic
from pamqp.common import Arguments

from functions.event import events
from functions.event.model import LEAST
from functions.event.operations import (
    dead_letter_list,
    dead_letter_retry_many,
    replay,
    replay_cancel,
    replay_pause,
    replay_resume,
    replay_run,
    replay_status,
)
from functions.event.store import Store
from shared.broker import Broker
from shared.events import Event
from shared.ids import new_id
from shared.testing import Answer, CannedCalls, RecordingBroker, admin, member, service
from tests.conftest import Installation
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service

FUNCTION = "post-on-user-updated"
QUORUM: Arguments = {"x-queue-type": "quorum"}


@pytest.fixture(autouse=True)
def _replayable(event: Service[Store], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_run, "PAUSE", 0)
    event.calls = CannedCalls(replayable={FUNCTION: True, "media-on-post-deleted": False})


async def ask(event: Service[Store], operation: ModuleType, /, **wanted: Any) -> Answer:
    return await event.call(operation, by=admin("ada"), json=wanted)


async def start(event: Service[Store], **slice_: Any) -> dict[str, Any]:
    answer = await ask(event, replay, function=FUNCTION, dry_run=False, **slice_)
    assert answer.status == 200, answer.body
    return dict(answer.json())


async def status(event: Service[Store], run: str) -> dict[str, Any]:
    answer = await event.call(replay_status, by=admin(), query={"id": run})
    return dict(answer.json()["items"][0])


async def tick(event: Service[Store], seconds: float = 1) -> int:
    """Let so much time pass for every run, and move them."""
    await event.store.database.execute(
        f"UPDATE runs SET moved_at = clock_timestamp() - interval '{seconds} seconds'"
    )
    answer = await event.call(replay_run, by=service())
    assert answer.status == 200, answer.body
    return int(answer.json()["sent"])


def replayed(event: Service[Store]) -> list[Event]:
    return [Event.decode(sent.body) for sent in event.broker.raw]


async def test_replay_tells_a_slice_to_one_function(event: Service[Store]) -> None:
    kinds = ["user.updated", "post.created", "user.deleted", "user.updated"]
    told = [happened(kind) for kind in kinds]
    await event.store.append(told)
    run = await start(event, type="user.*", before=4, why="a new column")
    assert (run["state"], run["total"]) == ("running", 2)
    assert sorted(run["types"]) == ["user.deleted", "user.updated"]
    await event.store.append([happened("user.updated")])  # is not part of it

    assert await tick(event) == 2

    assert {(sent.exchange, sent.routing_key) for sent in event.broker.raw} == {
        ("events.return", f"fn.{FUNCTION}")
    }
    assert [(sent.id, sent.replay) for sent in replayed(event)] == [
        (told[0].id, run["id"]),
        (told[2].id, run["id"]),
    ]
    assert event.broker.raw[0].headers["fanfold-origin-key"] == "user.updated"
    after = await status(event, run["id"])
    assert (after["state"], after["done"]) == ("done", 2)
    assert after["ended_at"]
    actions = await event.store.database.fetch(
        "SELECT caller, action, target, why FROM actions"
    )
    assert actions == [
        {
            "caller": "ada",
            "action": f"replay to {FUNCTION} started",
            "target": run["id"],
            "why": "a new column",
        }
    ]


async def test_dry_run_counts_and_tells_nobody(event: Service[Store]) -> None:
    await event.store.append([happened("user.updated") for _ in range(3)])
    for wanted, total in (({}, 3), ({"type": "user.*"}, 3), ({"type": "like.*"}, 0)):
        answer = await ask(event, replay, function=FUNCTION, **wanted)
        assert (answer.status, answer.json()["total"]) == (200, total)
        assert (answer.json()["state"], answer.json()["id"]) == ("planned", "")
    assert (await event.call(replay_status, by=admin())).json()["items"] == []
    assert await tick(event) == 0


async def test_slice_may_be_of_one_subject(event: Service[Store]) -> None:
    await event.store.append([happened(subject=f"post/{number}") for number in (1, 2)])
    answer = await ask(event, replay, function=FUNCTION, subject="post/2")
    assert answer.json()["total"] == 1


async def test_replay_is_refused_where_it_does_harm(event: Service[Store]) -> None:
    await event.store.append([happened()])
    harmful = await ask(event, replay, function="media-on-post-deleted", dry_run=False)
    assert harmful.status == 409
    assert "media-on-post-deleted does not declare" in harmful.json()["detail"]
    missing = await ask(event, replay, function="nobody", dry_run=False)
    assert (missing.status, missing.json()["detail"]) == (
        404,
        "no function has the name nobody",
    )
    empty = await ask(event, replay, function=FUNCTION, type="like.*", dry_run=False)
    assert (empty.status, empty.json()["detail"]) == (409, "the slice holds no event")
    assert (await event.call(replay, by=member("m"), json={})).status == 403


async def test_replay_keeps_to_its_rate(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_run, "CHUNK", 3)
    told = [happened() for _ in range(20)]
    await event.store.append(told)
    run = await start(event, rate=4)
    assert await tick(event, 0.1) == 0
    assert await tick(event, 1) == 4
    assert await tick(event, 2) == 8
    assert (await status(event, run["id"]))["done"] == 12
    assert await tick(event, 3600) == 8  # a clock that stood still makes no flood
    assert [sent.id for sent in replayed(event)] == [sent.id for sent in told]


async def test_replay_is_paused_resumed_and_cancelled(event: Service[Store]) -> None:
    await event.store.append([happened() for _ in range(9)])
    run = (await start(event, rate=2))["id"]
    assert await tick(event) == 2
    assert (await ask(event, replay_pause, id=run)).json()["state"] == "paused"
    assert await tick(event) == 0
    again = await ask(event, replay_pause, id=run)
    assert (again.status, again.json()["detail"]) == (409, f"run {run} is paused already")
    assert (await ask(event, replay_resume, id=run)).json()["state"] == "running"
    assert await tick(event) == 2
    cancelled = (await ask(event, replay_cancel, id=run, why="enough")).json()
    assert (cancelled["state"], cancelled["done"]) == ("cancelled", 4)
    assert cancelled["ended_at"]
    assert await tick(event) == 0
    over = await ask(event, replay_resume, id=run)
    assert (over.status, over.json()["detail"]) == (
        409,
        f"run {run} has ended, it is cancelled",
    )
    assert (await ask(event, replay_pause, id="nothing")).status == 404
    rows = await event.store.database.fetch("SELECT action FROM actions ORDER BY position")
    assert [row["action"] for row in rows][1:] == ["run paused", "run running", "run cancelled"]


async def test_replay_goes_on_where_it_was_when_the_broker_went(event: Service[Store]) -> None:
    told = [happened() for _ in range(4)]
    await event.store.append(told)
    run = (await start(event, rate=2))["id"]
    assert await tick(event) == 2
    event.broker.down = True
    await event.store.database.execute(
        "UPDATE runs SET moved_at = clock_timestamp() - interval '1 second'"
    )
    assert (await event.call(replay_run, by=service())).status == 503
    event.broker.down = False
    assert await tick(event) == 2
    assert [sent.id for sent in replayed(event)] == [sent.id for sent in told]
    assert (await status(event, run))["done"] == 4


async def test_mover_that_crashed_before_its_note_sends_twice_and_loses_nothing(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [happened() for _ in range(2)]
    await event.store.append(told)
    run = (await start(event))["id"]

    async def crash(*_: Any, **__: Any) -> None:
        raise ConnectionError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Store, "moved", crash)
        patch.setattr(Store, "release", crash)
        await event.store.database.execute(
            "UPDATE runs SET moved_at = clock_timestamp() - interval '1 second'"
        )
        assert (await event.call(replay_run, by=service())).status == 500
    assert await tick(event) == 0  # held by the one that crashed
    await event.store.database.execute("UPDATE runs SET held_until = clock_timestamp()")
    assert await tick(event) == 2
    assert [sent.id for sent in replayed(event)] == [e.id for e in told] * 2
    assert {sent.replay for sent in replayed(event)} == {run}  # by which inboxes know them


async def test_two_clocks_move_a_run_once(event: Service[Store]) -> None:
    told = [happened() for _ in range(8)]
    await event.store.append(told)
    await start(event, rate=8)
    await event.store.database.execute(
        "UPDATE runs SET moved_at = clock_timestamp() - interval '1 second'"
    )
    await asyncio.gather(*(event.call(replay_run, by=service()) for _ in range(4)))
    sent = [one.id for one in replayed(event)]
    assert len(sent) == len(set(sent)) == 8


async def test_replay_waits_while_its_function_has_no_room(event: Service[Store]) -> None:
    queue = f"fn.{FUNCTION}"
    await event.store.append([happened() for _ in range(30)])
    run = (await start(event))["id"]
    event.broker.depths[queue] = LEAST  # whoever put them there
    assert await tick(event) == 0
    waiting = await status(event, run)
    assert (waiting["state"], waiting["done"], waiting["waits_for"]) == (
        "running",
        0,
        [FUNCTION],
    )
    event.broker.depths[queue] = LEAST - 1
    assert await tick(event) == replay_run.LOOKS  # one at each look: this queue never fills
    assert (await status(event, run))["waits_for"] == [FUNCTION]
    assert (await ask(event, replay_pause, id=run)).json()["waits_for"] == []
    event.broker.depths[queue] = 0
    assert await tick(event) == 0
    assert (await ask(event, replay_resume, id=run)).status == 200
    assert await tick(event) == 30 - replay_run.LOOKS
    ended = await status(event, run)
    assert (ended["state"], ended["done"], ended["waits_for"]) == ("done", 30, [])


class Slow(Broker):
    """RabbitMQ with a function that takes three messages between two looks at its queue."""

    def __init__(self, url: str, channel: AbstractChannel, live: Event) -> None:
        super().__init__(url)
        self.channel, self.live = channel, live
        self.looks = 0
        self.took: list[str] = []

    async def depth(self, queue: str) -> int:
        self.looks += 1
        for _ in range(3):
            message = await self.channel.basic_get(queue, no_ack=True)
            if isinstance(message.delivery, Basic.GetOk):
                self.took.append(Event.decode(message.body).id)
        if self.looks == 5:
            await self.publish_raw("events.return", queue, self.live.encode(), {}, self.live.id)
            self.took.append("live published")
        return await super().depth(queue)


async def test_live_event_of_a_slow_function_waits_behind_few_replayed_ones(
    event: Service[Store], installation: Installation
) -> None:
    function, live = f"suite-{new_id()}", happened()
    event.calls = CannedCalls(replayable={function: True})
    told = [happened() for _ in range(200)]
    await event.store.append(told)
    connection = await aiormq.connect(installation.admin["broker"])
    channel = await connection.channel()
    await channel.queue_declare(f"fn.{function}", durable=True, arguments=QUORUM)
    await channel.queue_bind(f"fn.{function}", "events.return", f"fn.{function}")
    slow = Slow(installation.admin["broker"], channel, live)
    event.broker = cast(RecordingBroker, slow)
    wish = {"function": function, "dry_run": False, "rate": 500}
    run = (await ask(event, replay, **wish)).json()["id"]
    await tick(event)
    assert 0 < slow.took.index(live.id) - slow.took.index("live published") <= LEAST + 1
    waiting = await status(event, run)
    assert (waiting["state"], waiting["waits_for"]) == ("running", [function])
    for _ in range(20):
        await tick(event)
    ended = await status(event, run)
    assert (ended["state"], ended["done"]) == ("done", 200)
    while await slow.depth(f"fn.{function}"):
        pass
    assert [one for one in slow.took if one not in {live.id, "live published"}] == [
        one.id for one in told
    ]
    await slow.close()
    await channel.queue_delete(f"fn.{function}")
    await connection.close()


async def test_run_that_is_cancelled_while_it_waits_sends_nothing_more(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    await event.store.append([happened() for _ in range(30)])
    run = (await start(event))["id"]
    looks: list[str] = []

    async def depth(queue: str) -> int:
        looks.append(queue)
        if len(looks) == 2:
            assert (await ask(event, replay_cancel, id=run)).status == 200
        return LEAST if len(looks) < 3 else 0

    monkeypatch.setattr(RecordingBroker, "depth", lambda _, queue: depth(queue))
    assert await tick(event) == 0
    assert len(looks) == 2
    assert (await status(event, run))["done"] == 0


async def test_letters_go_to_functions_with_room_past_those_without(
    event: Service[Store],
) -> None:
    for function in ("a-slow", "a-quick"):
        for _ in range(30):
            await fail(event, happened().encode(), function=function)
    ids = [row["id"] for row in await event.store.database.fetch("SELECT id FROM dead_letters")]
    event.broker.depths["fn.a-slow"] = LEAST
    run = (await ask(event, dead_letter_retry_many, ids=ids, rate=100)).json()["id"]
    assert await tick(event) == 30
    assert {sent.routing_key for sent in event.broker.raw} == {"fn.a-quick"}
    waiting = await status(event, run)
    assert (waiting["state"], waiting["done"], waiting["waits_for"]) == (
        "running",
        30,
        ["a-slow"],
    )
    event.broker.depths.clear()
    assert await tick(event) == 30
    assert (await status(event, run))["state"] == "done"


async def test_many_letters_are_retried_that_were_seen_and_no_other(
    event: Service[Store],
) -> None:
    seen = [happened() for _ in range(3)]
    for sent in seen:
        await fail(event, sent.encode())
    await fail(event, happened().encode(), last_error="another cause")
    page = await event.call(
        dead_letter_list, by=admin(), query={"group": "true", "function": FUNCTION}
    )
    cause = next(one for one in page.json()["items"] if one["letters"] == 3)
    # It comes after the look, although it failed before: nobody has decided about it.
    await fail(event, happened().encode(), last_failed_at="2026-03-04T05:00:00Z")

    wanted = {
        "cause": cause["id"],
        "seen_until": cause["seen_until"],
        "rate": 2,
        "why": "mended",
    }
    answer = await ask(event, dead_letter_retry_many, **wanted)
    assert answer.status == 202
    run = answer.json()
    assert (run["kind"], run["total"], run["done"]) == ("retry", 3, 0)
    assert [await tick(event), await tick(event)] == [2, 1]

    assert {sent.message_id for sent in event.broker.raw} == {sent.id for sent in seen}
    assert {sent.headers["fanfold-origin-key"] for sent in event.broker.raw} == {"post.created"}
    after = await status(event, run["id"])
    assert (after["state"], after["done"]) == ("done", 3)
    states = await event.store.database.fetch(
        "SELECT state, retried_by, count(*) FROM dead_letters GROUP BY 1, 2 ORDER BY 1"
    )
    assert [tuple(row.values()) for row in states] == [
        ("retried", "ada", 3),
        ("waiting", "", 2),
    ]
    actions = await event.store.database.fetch(
        "SELECT action, why FROM actions ORDER BY position"
    )
    assert [tuple(row.values()) for row in actions] == [
        ("dead letters retried", "mended"),
        *[("dead letter retried", f"run {run['id']}")] * 3,
    ]


async def test_cancelled_retry_lets_go_of_what_it_has_not_sent(event: Service[Store]) -> None:
    for _ in range(4):
        await fail(event, happened().encode())
    rows = await event.store.database.fetch("SELECT id FROM dead_letters")
    ids = [row["id"] for row in rows]
    run = (await ask(event, dead_letter_retry_many, ids=ids, rate=1)).json()["id"]
    taken = await ask(event, dead_letter_retry_many, ids=ids)
    assert (taken.status, taken.json()["detail"]) == (
        409,
        "none of these dead letters waits for a retry",
    )
    assert await tick(event) == 1
    assert (await ask(event, replay_cancel, id=run)).json()["state"] == "cancelled"
    states = await event.store.database.fetch(
        "SELECT state, count(*) FROM dead_letters GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row.values()) for row in states] == [("retried", 1), ("waiting", 3)]


async def test_retry_that_is_cancelled_while_it_sends_knows_what_went(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [happened() for _ in range(4)]
    for one in sent:
        await fail(event, one.encode())
    rows = await event.store.database.fetch("SELECT id, event_id FROM dead_letters")
    ids = {row["event_id"]: row["id"] for row in rows}
    run = (await ask(event, dead_letter_retry_many, ids=[*ids.values()], rate=3)).json()["id"]
    plain = events.retry
    again = ""

    async def cancelled(broker: Any, going: Any) -> None:
        nonlocal again
        await plain(broker, going)
        assert (await ask(event, replay_cancel, id=run)).json()["state"] == "cancelled"
        again = going[0][0].event_id  # its function has failed once more
        [failed] = [one for one in sent if one.id == again]
        await fail(event, failed.encode(), last_failed_at="2026-03-04T05:09:00Z")

    monkeypatch.setattr(events, "retry", cancelled)
    assert await tick(event) == 3
    found = await event.store.database.fetch("SELECT id, state, run FROM dead_letters")
    states = {row["id"]: (row["state"], row["run"]) for row in found}
    assert states[ids[again]] == ("waiting", None)
    assert sorted(states.values()) == [("retried", None)] * 2 + [("waiting", None)] * 2


async def test_letter_that_fails_again_leaves_the_run(event: Service[Store]) -> None:
    sent = happened()
    await fail(event, sent.encode())
    [row] = await event.store.database.fetch("SELECT id FROM dead_letters")
    run = (await ask(event, dead_letter_retry_many, ids=[row["id"]])).json()["id"]
    await fail(event, sent.encode(), last_failed_at="2026-03-04T05:09:00Z")
    assert await tick(event) == 0
    after = await status(event, run)
    assert (after["state"], after["done"], after["total"]) == ("done", 0, 1)


async def test_retry_of_many_says_which_it_means(event: Service[Store]) -> None:
    at = "2026-03-04T05:06:07Z"
    for wanted in (
        {},
        {"cause": "x"},
        {"seen_until": at},
        {"ids": ["x"], "cause": "y", "seen_until": at},
        {"ids": ["x"], "rate": 0},
    ):
        answer = await event.call(dead_letter_retry_many, by=admin(), json=wanted)
        assert answer.status == 400, wanted


async def test_runs_are_listed_in_pages(event: Service[Store]) -> None:
    await event.store.append([happened()])
    runs = {(await start(event))["id"] for _ in range(3)}
    first = (await event.call(replay_status, by=admin(), query={"limit": 2})).json()
    rest = (
        await event.call(replay_status, by=admin(), query={"limit": 2, "cursor": first["next"]})
    ).json()
    assert {run["id"] for run in first["items"] + rest["items"]} == runs
    assert (len(first["items"]), rest["next"]) == (2, None)
    missing = await event.call(replay_status, by=admin(), query={"id": "nothing"})
    assert (missing.status, missing.json()["detail"]) == (404, "no run has the id nothing")
