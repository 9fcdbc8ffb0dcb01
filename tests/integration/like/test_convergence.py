"""Whatever the order in which likes hear of posts and members, they end in one state."""

from dataclasses import replace
from itertools import count as numbers
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.like.model import KnownPost
from functions.like.operations import (
    add,
    by_post,
    by_user,
    count,
    on_post_created,
    on_post_deleted,
    on_user_deleted,
)
from functions.like.store import Store
from shared.errors import NotFound
from shared.events import Event
from shared.ids import new_id
from shared.testing import CannedCalls, member
from tests.integration.like.conftest import created, deleted, left, rows
from tests.integration.service import Service

KEPT, GONE = "kept", "gone"
STEPS = (
    *((consumer, post) for consumer in (on_post_created,) for post in (KEPT, GONE)),
    (on_post_deleted, GONE),
    (on_user_deleted, "leaver"),
    *((add, (user, post)) for user in ("leaver", "reader") for post in (KEPT, GONE)),
)
EXAMPLE = numbers()


class World:
    """The same few things, under names that no other example has."""

    def __init__(self, like: Service[Store]) -> None:
        self.like = like
        self.posts = {KEPT: new_id(), GONE: new_id()}
        self.users = {name: f"{name}_{next(EXAMPLE)}" for name in ("leaver", "reader")}
        self.events: dict[tuple[ModuleType, str], Event] = {
            (on_post_created, KEPT): created(self.posts[KEPT]),
            (on_post_created, GONE): created(self.posts[GONE]),
            (on_post_deleted, GONE): deleted(self.posts[GONE]),
            (on_user_deleted, "leaver"): left(self.users["leaver"]),
        }

    async def happen(self, step: tuple[ModuleType, Any], replay: str) -> None:
        operation, what = step
        if operation is add:
            user, post = what
            caller = member(self.users[user])
            answer = await self.like.call(add, by=caller, json={"post_id": self.posts[post]})
            assert answer.status in {200, 404, 409}, answer.body
            return
        event = replace(self.events[step], replay=replay)
        answer = await self.like.tell(operation, event)
        while answer.status == 200 and answer.json().get("again"):
            answer = await self.like.tell(operation, event)
        assert answer.status in {200, 204}, answer.body


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.permutations(STEPS),
    again=st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from(["", "r1"])), max_size=6),
)
async def test_every_order_of_events_ends_in_the_same_state(
    like: Service[Store], order: list[Any], again: list[tuple[Any, str]]
) -> None:
    # The owner of posts would answer so while the events are under way.
    like.calls = CannedCalls({"post-get": NotFound("no post has this id")})
    world = World(like)
    for step in order:
        await world.happen(step, "")
    # Whatever is repeated afterwards has no effect; who could not like before, may now.
    for step, replay in again:
        await world.happen(step, replay)
    for user in ("leaver", "reader"):
        for post in (KEPT, GONE):
            await world.happen((add, (user, post)), "")

    kept, gone = world.posts[KEPT], world.posts[GONE]
    reader = member(world.users["reader"])
    asked = {"post_ids": f"{kept},{gone}"}
    counted = await like.call(count, by=reader, query=asked)
    assert counted.json() == {"counts": {kept: 1, gone: 0}, "mine": [kept]}
    likers = (await like.call(by_post, query={"post_id": kept})).json()["items"]
    assert [item["user_id"] for item in likers] == [world.users["reader"]]
    leaver = member(world.users["leaver"])
    assert (await like.call(by_user, by=leaver)).json()["items"] == []
    assert await like.store.post(kept) == KnownPost(kept, 1)
    assert await like.store.post(gone) == KnownPost(gone, 2, deleted=True)


PROJECTIONS = "RETURN [(SELECT * FROM posts ORDER BY id), (SELECT * FROM members ORDER BY id)]"


async def test_a_rebuilt_projection_equals_the_live_one(like: Service[Store]) -> None:
    story: list[tuple[ModuleType, Event]] = []
    for n in range(150):
        post_id, user_id = new_id(), f"user_{n}"
        story.append((on_post_created, created(post_id)))
        if n % 3 == 0:
            story.append((on_post_deleted, deleted(post_id)))
        if n % 5 == 0:
            story.append((on_user_deleted, left(user_id)))
    # Some posts were asked for before their events came, and keep no trace of it.
    early = story[1][1].subject.removeprefix("post/")
    like.calls = CannedCalls({"post-get": {"id": early, "revision": 7, "status": "published"}})
    await like.call(add, by=member("user_ada"), json={"post_id": early})
    for consumer, event in story:
        await like.tell(consumer, event)
    live = await rows(like, PROJECTIONS)
    assert [len(table) for table in live] == [150, 30]

    await like.store.clear()
    assert await rows(like, PROJECTIONS) == [[], []]
    for consumer, event in story:
        answer = await like.tell(consumer, replace(event, replay="rebuild"))
        assert answer.status in {200, 204}
    assert await rows(like, PROJECTIONS) == live
