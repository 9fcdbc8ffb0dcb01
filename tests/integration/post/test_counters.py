"""post-on-like-changed and post-on-comment-changed against PostgreSQL."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from types import ModuleType
from typing import NamedTuple

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


class Kind(NamedTuple):
    """What is counted, by which consumer, and the events of one more and one less."""

    counter: str
    consumer: ModuleType
    more: Change
    less: Change


BOTH = pytest.mark.parametrize(
    "kind",
    [
        Kind("likes", on_like_changed, added, removed),
        Kind("comments", on_comment_changed, created, deleted),
    ],
    ids=["likes", "comments"],
)


def event(change: Change, post_id: str, revision: int = 1, thing: str = "1") -> Event:
    return happened(change(post_id), f"thing/{thing}", revision)


async def counted(post: Service[Store], post_id: str, counter: str) -> object:
    return (await post.call(get, query={"id": post_id})).json()[counter]


@BOTH
async def test_each_event_counts_once(post: Service[Store], kind: Kind) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    events = [event(kind.more, made["id"], thing=str(n)) for n in range(3)]
    events.append(event(kind.less, made["id"], 2, thing="0"))
    answers = [await post.tell(kind.consumer, told) for told in (*events, *events)]
    assert [answer.status for answer in answers] == [204] * 8
    assert (await post.call(get, query={"id": made["id"]})).json() == {**made, kind.counter: 2}


@BOTH
async def test_many_events_at_once_count_each(post: Service[Store], kind: Kind) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    events = [event(kind.more, made["id"], 1, str(n)) for n in range(20)]
    events += [event(kind.less, made["id"], 2, str(n)) for n in range(5)]
    # Each is delivered twice, and a removal may come before what it removes.
    answers = await asyncio.gather(*(post.tell(kind.consumer, told) for told in events * 2))
    assert {answer.status for answer in answers} == {204}
    assert await counted(post, made["id"], kind.counter) == 15


@BOTH
async def test_batches_that_meet_count_each_once(post: Service[Store], kind: Kind) -> None:
    posts = [(await post.call(create, by=ADA, json=DRAFT)).json()["id"] for _ in range(5)]
    events = [event(kind.more, one, 1, f"{one}{n}") for one in posts for n in range(4)]
    events += [event(kind.less, one, 2, f"{one}0") for one in posts]
    # Each batch has the same posts in another order, a like and its removal side by side.
    batches = (events, events[::-1], sorted(events, key=lambda told: told.id))
    answers = await asyncio.gather(*(post.tell(kind.consumer, batch) for batch in batches))
    assert [answer.status for answer in answers] == [204] * 3
    assert [await counted(post, one, kind.counter) for one in posts] == [3] * 5


@BOTH
async def test_a_removal_that_came_first_holds(post: Service[Store], kind: Kind) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    seen = []
    for told in (event(kind.less, made["id"], 2), event(kind.more, made["id"], 1)):
        await post.tell(kind.consumer, told)
        seen.append(await counted(post, made["id"], kind.counter))
    await post.tell(kind.consumer, event(kind.more, made["id"], 3))
    assert [*seen, await counted(post, made["id"], kind.counter)] == [0, 0, 1]


@BOTH
async def test_a_post_that_is_gone_or_unknown_is_no_problem(
    post: Service[Store], kind: Kind
) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    await post.tell(kind.consumer, event(kind.more, made["id"]))
    await post.call(delete, by=ADA, json={"id": made["id"]})
    for post_id in (made["id"], new_id()):
        for change, revision in ((kind.less, 2), (kind.more, 3)):
            answer = await post.tell(kind.consumer, event(change, post_id, revision))
            assert answer.status == 204
    # Of a post that is gone, nothing is kept once its reactions are told gone.
    assert await post.store.database.fetchval("SELECT count(*) FROM reactions") == 0


@BOTH
async def test_a_replay_counts_nothing_twice(post: Service[Store], kind: Kind) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    history = [
        event(kind.more, made["id"], 1),
        event(kind.less, made["id"], 2),
        event(kind.more, made["id"], 3),
    ]
    for told in (*history, *(replace(told, replay="r1") for told in history)):
        assert (await post.tell(kind.consumer, told)).status == 204
    assert await counted(post, made["id"], kind.counter) == 1


@BOTH
async def test_a_cleared_count_is_rebuilt_by_a_replay(post: Service[Store], kind: Kind) -> None:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    history = [event(kind.more, made["id"], 1, str(n)) for n in range(4)]
    history.append(event(kind.less, made["id"], 2, "3"))
    for told in history:
        await post.tell(kind.consumer, told)
    await post.store.database.execute(f"UPDATE tallies SET {kind.counter} = 99")
    await post.store.clear()
    assert await counted(post, made["id"], kind.counter) == 0
    live = event(kind.more, made["id"], 1, "live")
    for told in (live, *(replace(told, replay="r1") for told in (*history, live))):
        await post.tell(kind.consumer, told)
    assert await counted(post, made["id"], kind.counter) == 4


@BOTH
async def test_an_event_without_a_revision_is_refused(post: Service[Store], kind: Kind) -> None:
    told = replace(event(kind.more, new_id()), revision=None)
    assert (await post.tell(kind.consumer, told)).status == 400
