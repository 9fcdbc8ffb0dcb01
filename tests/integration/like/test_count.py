"""like-count against SurrealDB."""

import pytest

from functions.like.model import KnownPost
from functions.like.operations import add, count, remove
from functions.like.store import Store
from shared.ids import new_id
from shared.testing import member
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def test_count_tells_of_many_posts_and_of_the_caller(like: Service[Store]) -> None:
    both, one, taken_back, none = (new_id() for _ in range(4))
    for post_id in (both, one, taken_back, none):
        await like.store.know_posts([KnownPost(post_id, 1)])
    for user, post_id in ((ADA, both), (EVE, both), (EVE, one), (ADA, taken_back)):
        await like.call(add, by=user, json={"post_id": post_id})
    await like.call(remove, by=ADA, json={"post_id": taken_back})

    counts = {both: 2, one: 1, taken_back: 0, none: 0}
    query = {"post_ids": ",".join(counts)}
    assert (await like.call(count, by=ADA, query=query)).json() == {
        "counts": counts,
        "mine": [both],
    }
    assert (await like.call(count, by=EVE, query=query)).json() == {
        "counts": counts,
        "mine": [both, one],
    }
    assert (await like.call(count, query=query)).json() == {"counts": counts, "mine": []}


async def test_count_takes_a_hundred_posts(like: Service[Store]) -> None:
    posts = [new_id() for _ in range(100)]
    answer = await like.call(count, by=ADA, query={"post_ids": ",".join(posts)})
    assert answer.json() == {"counts": dict.fromkeys(posts, 0), "mine": []}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"post_ids": ""},
        {"post_ids": "1"},
        {"post_ids": f"{new_id()},"},
        {"post_ids": ",".join(new_id() for _ in range(101))},
        {"post_ids": "a" * 100_000},
    ],
    ids=["none", "empty", "no-id", "comma", "too-many", "too-long"],
)
async def test_count_refuses_what_is_no_list_of_posts(
    like: Service[Store], query: dict[str, str]
) -> None:
    assert (await like.call(count, query=query)).status == 400
