"""All letters of a cause are decided at once: those that were seen, and no other."""

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any, TypeVar

import pytest

from functions.event.operations import (
    actions,
    dead_letter_discard,
    dead_letter_get,
    dead_letter_list,
    dead_letter_restore,
    dead_letter_retry_many,
    replay_cancel,
)
from functions.event.store import Store, marking
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.testing import NOW, Answer, admin, member
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service

T = TypeVar("T")
WITHIN = 30.0
WAITING_FOR_LOCKS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


class Held(Postgres):
    """A database on which a transaction has done its work, and is not committed yet."""

    def __init__(self, like: Postgres) -> None:
        super().__init__(like._pool._url)
        self.done = asyncio.Event()
        self.commit = asyncio.Event()

    async def write(self, work: Callable[[PostgresTransaction], Awaitable[T]]) -> T:
        async def held(tx: PostgresTransaction) -> T:
            result = await work(tx)
            self.done.set()
            await self.commit.wait()
            return result

        return await super().write(held)


async def ask(event: Service[Store], operation: ModuleType, /, **wanted: Any) -> Answer:
    return await event.call(operation, by=admin("ada"), json=wanted)


async def cause(event: Service[Store], state: str = "waiting") -> dict[str, Any]:
    answer = await event.call(
        dead_letter_list, by=admin(), query={"group": "true", "state": state}
    )
    [found] = answer.json()["items"]
    return dict(found)


def seen(found: dict[str, Any]) -> dict[str, Any]:
    return {"cause": found["id"], "seen_until": found["seen_until"]}


async def states(event: Service[Store]) -> dict[str, int]:
    rows = await event.store.database.fetch(
        "SELECT state, count(*) FROM dead_letters GROUP BY state"
    )
    return {row["state"]: row["count"] for row in rows}


async def failed(event: Service[Store], count: int) -> list[str]:
    sent = [happened() for _ in range(count)]
    for one in sent:
        assert (await fail(event, one.encode())).status == 204
    rows = await event.store.database.fetch(
        "SELECT id FROM dead_letters WHERE event_id = ANY($1::text[])", [one.id for one in sent]
    )
    return [row["id"] for row in rows]


async def test_letter_whose_commit_comes_after_the_look_is_not_decided(
    event: Service[Store],
) -> None:
    """It began to be kept before another one, which was seen."""
    await failed(event, 1)
    held = Held(event.store.database)
    slow = Service(Store(held))
    try:
        first = asyncio.create_task(fail(slow, happened().encode()))
        await held.done.wait()
        second = asyncio.create_task(fail(event, happened().encode()))
        async with asyncio.timeout(WITHIN):  # until it is kept, or waits for the first
            while not second.done():
                if await event.store.database.fetchval(WAITING_FOR_LOCKS):
                    break
        looked = await cause(event)
        held.commit.set()
        assert [(await first).status, (await second).status] == [204, 204]
    finally:
        held.commit.set()
        await held.close()

    answer = await ask(event, dead_letter_retry_many, **seen(looked))
    assert (answer.status, answer.json()["total"]) == (202, looked["letters"])
    assert await states(event) == {
        "retrying": looked["letters"],
        "waiting": 3 - looked["letters"],
    }


async def test_clock_of_letters_never_goes_back(event: Service[Store]) -> None:
    await failed(event, 1)
    await event.store.database.execute(
        "UPDATE letter_clock SET last = clock_timestamp() + interval '1 hour'"
    )
    await failed(event, 1)
    looked = await cause(event)
    await failed(event, 1)
    answer = await ask(event, dead_letter_retry_many, **seen(looked))
    assert answer.json()["total"] == looked["letters"] == 2


async def test_letters_that_wait_again_after_the_look_are_not_decided(
    event: Service[Store],
) -> None:
    discarded, retried, *_ = await failed(event, 4)
    await ask(event, dead_letter_discard, ids=[discarded], why="a test")
    run = await ask(event, dead_letter_retry_many, ids=[retried])
    looked = await cause(event)
    assert looked["letters"] == 2
    assert (await ask(event, dead_letter_restore, ids=[discarded])).status == 200
    assert (await ask(event, replay_cancel, id=run.json()["id"])).status == 200

    answer = await ask(event, dead_letter_retry_many, **seen(looked))
    assert answer.json()["total"] == 2
    assert await states(event) == {"retrying": 2, "waiting": 2}


async def test_all_of_a_cause_are_discarded_and_those_alone_are_restored(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "PART", 2)
    [before] = await failed(event, 1)
    await ask(event, dead_letter_discard, ids=[before], why="long ago")
    mine = await failed(event, 5)
    looked = await cause(event)
    await failed(event, 1)  # has come after the look

    answer = await ask(event, dead_letter_discard, **seen(looked), why="a spill")
    decided = answer.json()
    assert (answer.status, decided | {"at": ""}) == (
        200,
        {"changed": [], "unchanged": [], "count": 5, "at": ""},
    )
    assert await states(event) == {"discarded": 6, "waiting": 1}
    shown = await event.call(dead_letter_get, by=admin(), query={"id": mine[0]})
    letter = shown.json()["letter"]
    assert (letter["state"], letter["discarded_by"], letter["why"]) == (
        "discarded",
        "ada",
        "a spill",
    )
    assert [(a["action"], a["why"]) for a in shown.json()["actions"]] == [
        ("dead letter discarded", "a spill")
    ]

    back = {"seen_from": decided["at"], "seen_until": decided["at"], "cause": looked["id"]}
    restored = await ask(event, dead_letter_restore, **back, why="it was none")
    assert (restored.status, restored.json()["count"]) == (200, 5)
    assert await states(event) == {"discarded": 1, "waiting": 6}
    again = await ask(event, dead_letter_restore, **back)
    assert (again.status, again.json()["detail"]) == (
        409,
        f"none of the dead letters that were seen of {looked['id']} can be restored",
    )

    deeds = await event.call(actions, by=admin(), query={"target": looked["id"]})
    assert [(d["what"], d["count"], d["why"], d["who"]) for d in deeds.json()["items"]] == [
        ("dead letters restored", 5, "it was none", "ada"),
        ("dead letters discarded", 5, "a spill", "ada"),
    ]


async def test_discarded_ones_that_were_seen_are_restored_and_no_later_ones(
    event: Service[Store],
) -> None:
    first, second, third = await failed(event, 3)
    await ask(event, dead_letter_discard, ids=[first, second], why="a test")
    looked = await cause(event, "discarded")
    assert looked["letters"] == 2
    await ask(event, dead_letter_discard, ids=[third], why="another")
    restored = await ask(event, dead_letter_restore, **seen(looked))
    assert restored.json()["count"] == 2
    assert await states(event) == {"discarded": 1, "waiting": 2}


@pytest.mark.parametrize("operation", [dead_letter_discard, dead_letter_restore])
async def test_decision_of_many_says_which_it_means(
    event: Service[Store], operation: ModuleType
) -> None:
    at = NOW.isoformat()
    for wanted in (
        {},
        {"cause": "x"},
        {"seen_until": at},
        {"ids": ["x"], "cause": "y", "seen_until": at},
        {"ids": [], "cause": "", "seen_until": at},
        {"cause": "x", "seen_until": "2026-03-04T05:06:07"},
    ):
        answer = await ask(event, operation, **wanted, why="a test")
        assert answer.status == 400, wanted
    unseen = await ask(event, operation, cause="x", seen_until=at, why="a test")
    assert unseen.status == 409
    refused = {"cause": "x", "seen_until": at, "why": "a test"}
    assert (await event.call(operation, by=member("m"), json=refused)).status == 403
