"""Whatever the order in which comments hear of posts and members, they end in one state."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count as numbers
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.comment.model import KnownPost, Profile
from functions.comment.operations import (
    by_user,
    count,
    create,
    on_post_created,
    on_post_deleted,
    on_user_deleted,
    on_user_updated,
)
from functions.comment.store import Store
from shared.errors import NotFound
from shared.events import Event
from shared.ids import new_id
from shared.testing import CannedCalls, member
from tests.integration.comment.conftest import (
    created,
    deleted,
    joined,
    left,
    listed,
    published,
    renamed,
)
from tests.integration.service import Service

POSTS, USERS = ("kept", "gone"), ("leaver", "writer")
WRITING = tuple((create, (user, post)) for user in USERS for post in POSTS)
TOLD = (
    (on_post_created, "kept"),
    (on_post_created, "gone"),
    (on_post_deleted, "gone"),
    *((on_user_updated, (user, revision)) for user in USERS for revision in (1, 2, 3)),
    (on_user_deleted, "leaver"),
)
Step = tuple[ModuleType, Any]
EXAMPLE = numbers()


class World:
    """The same few things, under names that no other example has."""

    def __init__(self, comment: Service[Store]) -> None:
        example = next(EXAMPLE)
        self.comment = comment
        self.posts = {name: new_id() for name in POSTS}
        self.users = {name: f"{name}_{example}" for name in USERS}
        self.events: Mapping[Step, Event] = {
            (on_post_created, "kept"): published(self.posts["kept"]),
            (on_post_created, "gone"): created(self.posts["gone"]),
            (on_post_deleted, "gone"): deleted(self.posts["gone"]),
            (on_user_deleted, "leaver"): left(self.users["leaver"]),
            **{
                (on_user_updated, (name, 1)): joined(user, "First")
                for name, user in self.users.items()
            },
            **{
                (on_user_updated, (name, revision)): renamed(user, f"Name {revision}", revision)
                for name, user in self.users.items()
                for revision in (2, 3)
            },
        }

    async def happen(self, step: Step, replay: str = "") -> None:
        operation, what = step
        if operation is create:
            await self.write(*what)
            return
        event = replace(self.events[step], replay=replay)
        answer = await self.comment.tell(operation, event)
        while answer.status == 200 and answer.json().get("again"):
            answer = await self.comment.tell(operation, event)
        assert answer.status in {200, 204}, answer.body

    async def write(self, user: str, post: str) -> None:
        body = {"post_id": self.posts[post], "text": user}
        answer = await self.comment.call(create, by=member(self.users[user]), json=body)
        assert answer.status in {201, 404, 409}, answer.body


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.permutations(TOLD + WRITING),
    again=st.lists(st.tuples(st.sampled_from(TOLD), st.sampled_from(["", "r1"])), max_size=6),
)
async def test_every_order_of_events_ends_in_the_same_state(
    comment: Service[Store], order: list[Step], again: list[tuple[Step, str]]
) -> None:
    # The owners would answer so while the events are under way.
    nothing = NotFound("nothing has this id")
    comment.calls = CannedCalls({"post-get": nothing, "user-get": nothing})
    world = World(comment)
    for step in order:
        await world.happen(step)
    # Who could not write before, may now; whatever is repeated afterwards has no effect.
    for step in WRITING:
        await world.happen(step)
    for step, replay in again:
        await world.happen(step, replay)

    kept, gone = world.posts["kept"], world.posts["gone"]
    writer, leaver = world.users["writer"], world.users["leaver"]
    items = await listed(comment, kept)
    assert {item["text"] for item in items} == {"writer"}
    assert {item["author"]["name"] for item in items} == {"Name 3"}
    assert await listed(comment, gone) == []
    counted = await comment.call(count, query={"post_ids": f"{kept},{gone}"})
    assert counted.json() == {"counts": {kept: len(items), gone: 0}}
    assert (await comment.call(by_user, query={"user_id": leaver})).json()["items"] == []
    assert await comment.store.post(kept) == KnownPost(kept, 1)
    assert await comment.store.post(gone) == KnownPost(gone, 2, deleted=True)
    assert await comment.store.author(writer) == Profile(writer, "Name 3", "", 3)
    assert await comment.store.author(leaver) == Profile(leaver, "", "", 9, deleted=True)


PROJECTIONS = (
    "SELECT * FROM posts ORDER BY id",
    "SELECT * FROM authors ORDER BY id",
    "SELECT * FROM comments ORDER BY id",
)


async def test_a_rebuilt_projection_equals_the_live_one(comment: Service[Store]) -> None:
    story: list[tuple[ModuleType, Event]] = [(on_user_updated, joined("user_eve", "Eve"))]
    posts = [new_id() for _ in range(60)]
    comment.calls = CannedCalls({"post-get": {"id": posts[0], "revision": 7}})
    for n, post_id in enumerate(posts):
        user = f"user_{n}"
        story += [(on_user_updated, joined(user, "First")), (on_post_created, created(post_id))]
        story += [(on_user_updated, renamed(user, "Second"))] * (n % 2)
        story += [(on_post_deleted, deleted(post_id))] * (n % 3 == 1)
        story += [(on_user_deleted, left(user))] * (n % 5 == 0)
    # Somebody comments on a post that no event has told of yet, which leaves no trace.
    body = {"post_id": posts[0], "text": "First!"}
    assert (await comment.call(create, by=member("user_eve"), json=body)).status == 201
    for consumer, event in story:
        await comment.tell(consumer, event)
        if consumer is on_post_created:
            post_id = event.subject.removeprefix("post/")
            for user in ("user_eve", "user_0"):
                body = {"post_id": post_id, "text": "Well told."}
                await comment.call(create, by=member(user), json=body)
    await comment.tell(on_user_updated, renamed("user_eve", "Eve B."))
    story.append((on_user_updated, renamed("user_eve", "Eve B.")))
    live = [await comment.store.database.fetch(query) for query in PROJECTIONS]
    assert [len(rows) for rows in live] == [60, 61, 62]
    sent = len(comment.published())

    await comment.store.clear()
    for query in PROJECTIONS[:2]:
        assert await comment.store.database.fetch(query) == []
    for consumer, event in story:
        answer = await comment.tell(consumer, replace(event, replay="rebuild"))
        assert answer.status in {200, 204}, answer.body
    assert [await comment.store.database.fetch(query) for query in PROJECTIONS] == live
    assert len(comment.published()) == sent
