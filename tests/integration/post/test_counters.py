"""post-on-like-changed and post-on-comment-changed against PostgreSQL."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import pytest
from google.protobuf.message import Message

from functions.post.operations import (
    create,
    delete,
    get,
    on_comment_changed,
    on_like_changed,
)
from functions.post.store import Store
from proto.comment.v1.events_pb2 import CommentCreated, CommentDeleted
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.events import Event
from shared.ids import new_id
from shared.testing import member
from tests.integration.service import Service, happened

ADA = member("user_ada")
DRAFT = {"title": "Looms", "content": "It weaves."}
Change = Callable[[str], Message]


def added(post_id: str) -> Message:
    return LikeAdded(post_id=post_id, user_id="user_eve")


def removed(post_id: str) -> Message:
    return LikeRemoved(post_id=post_id, user_id="user_eve")


def created(post_id: str) -> Message:
    return CommentCreated(id="c", post_id=post_id)


def deleted(post_id: str) -> Message:
    return CommentDeleted(id="c", post_id=post_id)


BOTH = pytest.mark.parametrize(
    ("counter", "consumer", "more", "less"),
    [
        ("likes", on_like_changed, added, removed),
        ("comments", on_comment_changed, created, deleted),
    ],
)


def event(change: Change, post_id: str, revision: int = 1) -> Event:
    return happened(change(post_id), "thing/1", revision)


@BOTH
async def test_each_event_counts_once(
    post: Service[Store], counter: str, consumer: ModuleType, more: Change, less: Change
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    events = [event(more, made["id"]) for _ in range(3)] + [event(less, made["id"], 2)]
    answers = [await post.tell(consumer, told) for told in (*events, *events)]
    assert [answer.status for answer in answers] == [204] * 4 + [200] * 4
    assert (await post.call(get, query={"id": made["id"]})).json() == {**made, counter: 2}


@BOTH
async def test_many_events_at_once_count_each(
    post: Service[Store], counter: str, consumer: ModuleType, more: Change, less: Change
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    changes = [more] * 20 + [less] * 5
    answers = await asyncio.gather(
        *(post.tell(consumer, event(change, made["id"])) for change in changes)
    )
    assert {answer.status for answer in answers} == {204}
    assert (await post.call(get, query={"id": made["id"]})).json() == {**made, counter: 15}


@BOTH
async def test_a_removal_that_came_first_is_never_seen_below_zero(
    post: Service[Store], counter: str, consumer: ModuleType, more: Change, less: Change
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    seen = []
    for change in (less, more, more):
        await post.tell(consumer, event(change, made["id"]))
        seen.append((await post.call(get, query={"id": made["id"]})).json()[counter])
    assert seen == [0, 0, 1]


@BOTH
async def test_a_post_that_is_gone_or_unknown_is_no_problem(
    post: Service[Store], counter: str, consumer: ModuleType, more: Change, less: Change
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    await post.call(delete, by=ADA, json={"id": made["id"]})
    for post_id in (made["id"], new_id()):
        for change in (more, less):
            assert (await post.tell(consumer, event(change, post_id))).status == 204
    assert await post.store.database.fetchval(f"SELECT {counter} FROM posts") == 0


@BOTH
async def test_a_replayed_event_is_refused(
    post: Service[Store], counter: str, consumer: ModuleType, more: Change, less: Change
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    for change in (more, less):
        told = replace(event(change, made["id"]), replay="r1")
        assert (await post.tell(consumer, told)).status == 403
    assert (await post.call(get, query={"id": made["id"]})).json()[counter] == 0
