"""One member's like of one post, changed by many calls at once."""

import asyncio
from random import Random

import pytest

from functions.like.operations import (
    add,
    by_post,
    by_user,
    check,
    count,
    on_user_deleted,
    remove,
    remove_many,
)
from functions.like.store import Store
from shared.testing import member
from tests.integration.like.conftest import POST, left, rows
from tests.integration.service import Service

ADA = member("user_ada")
BODY = {"post_id": POST}


async def expect_one_history(like: Service[Store]) -> None:
    """What was told, what is kept and what every list says are the same."""
    history = sorted(like.published(), key=lambda event: event[2] or 0)
    assert history == [
        ("like.removed" if n % 2 == 0 else "like.added", f"like/user_ada/{POST}", n)
        for n in range(1, len(history) + 1)
    ]
    liked = len(history) % 2 == 1
    standing = {"post_id": POST, "liked": liked, "revision": len(history)}
    assert (await like.call(check, by=ADA, query={"post_id": POST})).json() == standing
    counted = (await like.call(count, by=ADA, query={"post_ids": POST})).json()
    assert counted == {"counts": {POST: int(liked)}, "mine": [POST] * liked}
    likers = (await like.call(by_post, query={"post_id": POST})).json()["items"]
    assert [item["user_id"] for item in likers] == ["user_ada"] * liked
    posts = (await like.call(by_user, by=ADA)).json()["items"]
    assert [item["post_id"] for item in posts] == [POST] * liked


@pytest.mark.parametrize("seed", range(3))
async def test_fifty_adds_and_removes_at_once_leave_one_history(
    like: Service[Store], seed: int
) -> None:
    changes = [add, remove] * 25
    Random(seed).shuffle(changes)
    answers = await asyncio.gather(*(like.call(one, by=ADA, json=BODY) for one in changes))
    assert [answer.status for answer in answers] == [200] * 50
    # Each caller was told how it stood at some moment of that one history.
    assert all(
        answer.json()["liked"] == (answer.json()["revision"] % 2 == 1) for answer in answers
    )
    await expect_one_history(like)


async def test_replicas_make_one_history_too(replicas: list[Service[Store]]) -> None:
    answers = await asyncio.gather(
        *(
            one.call(change, by=ADA, json=BODY)
            for _ in range(8)
            for one in replicas
            for change in (add, remove)
        )
    )
    assert {answer.status for answer in answers} == {200}
    await expect_one_history(replicas[0])


async def test_removing_one_and_many_at_once_leaves_one_history(like: Service[Store]) -> None:
    many = {"post_ids": [POST]}
    for _ in range(5):
        answers = await asyncio.gather(
            *(like.call(add, by=ADA, json=BODY) for _ in range(4)),
            *(like.call(remove, by=ADA, json=BODY) for _ in range(4)),
            *(like.call(remove_many, by=ADA, json=many) for _ in range(4)),
        )
        assert {answer.status for answer in answers} == {200}
    await expect_one_history(like)


async def test_no_like_survives_a_member_who_leaves_meanwhile(like: Service[Store]) -> None:
    departure = asyncio.create_task(like.finish(on_user_deleted, left("user_ada")))
    answers = await asyncio.gather(*(like.call(add, by=ADA, json=BODY) for _ in range(6)))
    assert {answer.status for answer in answers} <= {200, 409}
    assert await departure == [False]
    assert await rows(like, "SELECT * FROM likes WHERE liked = true") == []
    kinds = [kind for kind, _, _ in like.published()]
    assert kinds.count("like.added") == kinds.count("like.removed")
    assert (await like.call(add, by=ADA, json=BODY)).status == 409
