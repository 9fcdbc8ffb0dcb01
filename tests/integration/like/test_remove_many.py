"""like-remove-many against SurrealDB."""

from typing import Any

import pytest

from functions.like.model import KnownPost
from functions.like.operations import add, count, remove, remove_many
from functions.like.store import Store
from shared.ids import new_id
from shared.testing import member, service
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def test_removes_the_callers_likes_and_names_the_others(like: Service[Store]) -> None:
    one, two, taken_back, foreign, unknown = posts = [new_id() for _ in range(5)]
    for post_id in posts[:-1]:
        await like.store.know_posts([KnownPost(post_id, 1)])
    for user, post_id in (
        (ADA, one),
        (ADA, two),
        (ADA, taken_back),
        (EVE, foreign),
        (EVE, one),
    ):
        await like.call(add, by=user, json={"post_id": post_id})
    await like.call(remove, by=ADA, json={"post_id": taken_back})
    like.broker.published.clear()

    # A post that is named twice is one.
    answer = await like.call(remove_many, by=ADA, json={"post_ids": [*posts, two]})

    assert (answer.status, answer.json()) == (
        200,
        {"removed": [one, two], "unknown": [taken_back, foreign, unknown]},
    )
    assert like.published() == [
        ("like.removed", f"like/user_ada/{post_id}", 2) for post_id in (one, two)
    ]
    counted = await like.call(count, by=ADA, query={"post_ids": ",".join(posts)})
    counts = {one: 1, two: 0, taken_back: 0, foreign: 1, unknown: 0}
    assert counted.json() == {"counts": counts, "mine": []}


async def test_a_repeat_removes_nothing(like: Service[Store]) -> None:
    posts = [new_id() for _ in range(100)]
    for post_id in posts:
        await like.store.know_posts([KnownPost(post_id, 1)])
        await like.call(add, by=ADA, json={"post_id": post_id})
    body = {"post_ids": posts}
    answers = [(await like.call(remove_many, by=ADA, json=body)).json() for _ in range(2)]
    assert answers == [
        {"removed": posts, "unknown": []},
        {"removed": [], "unknown": posts},
    ]
    assert len(like.published()) == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"post_ids": []},
        {"post_ids": ["1"]},
        {"post_ids": new_id()},
        {"post_ids": [new_id() for _ in range(101)]},
        {"post_ids": [new_id()], "user_id": "user_eve"},
    ],
)
async def test_refuses_what_is_no_list_of_posts(like: Service[Store], body: Any) -> None:
    assert (await like.call(remove_many, by=ADA, json=body)).status == 400


async def test_is_for_members(like: Service[Store]) -> None:
    body = {"post_ids": [new_id()]}
    assert (await like.call(remove_many, json=body)).status == 401
    assert (await like.call(remove_many, by=service(), json=body)).status == 403
