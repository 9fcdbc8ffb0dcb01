"""post-delete-many against PostgreSQL."""

import asyncio
from typing import Any

import pytest

from functions.post.operations import create, delete_many
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.ids import new_id
from shared.testing import CannedCalls, admin, member
from tests.integration.post.conftest import ADA as PROFILE
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def write(post: Service[Store], count: int) -> list[str]:
    made = [
        (await post.call(create, by=ADA, json={"title": f"P{n}", "content": "x"})).json()
        for n in range(count)
    ]
    post.broker.published.clear()
    return [one["id"] for one in made]


async def test_delete_many_says_which_went_and_which_are_unknown(post: Service[Store]) -> None:
    one, other, kept = await write(post, 3)
    unknown = new_id()
    ids = [other, unknown, one, other]
    answer = await post.call(delete_many, by=ADA, json={"ids": ids})
    assert (answer.status, answer.json()) == (
        200,
        {"deleted": [other, one], "unknown": [unknown]},
    )
    assert sorted(post.published()) == sorted(
        ("post.deleted", f"post/{gone}", 2) for gone in (one, other)
    )
    items = (await post.call(list_posts)).json()["items"]
    assert [item["id"] for item in items] == [kept]
    again = await post.call(delete_many, by=ADA, json={"ids": [one]})
    assert again.json() == {"deleted": [], "unknown": [one]}


async def test_one_post_of_another_keeps_them_all(post: Service[Store]) -> None:
    mine = await write(post, 2)
    post.calls = CannedCalls({"user-get": {**PROFILE, "id": "user_eve", "name": "Eve"}})
    text = {"title": "Hers", "content": "x"}
    hers = (await post.call(create, by=EVE, json=text)).json()["id"]
    post.broker.published.clear()
    answer = await post.call(delete_many, by=ADA, json={"ids": [*mine, hers]})
    assert (answer.status, answer.json()["detail"]) == (
        403,
        "only its author or an administrator may change or delete a post",
    )
    assert post.published() == []
    assert len((await post.call(list_posts)).json()["items"]) == 3
    by_admin = await post.call(delete_many, by=admin(), json={"ids": [*mine, hers]})
    assert by_admin.json() == {"deleted": [*mine, hers], "unknown": []}


async def test_two_calls_at_once_delete_each_post_once(post: Service[Store]) -> None:
    ids = await write(post, 10)
    orders = [ids, ids[::-1]] * 3
    answers = await asyncio.gather(
        *(post.call(delete_many, by=ADA, json={"ids": order}) for order in orders)
    )
    deleted = [gone for answer in answers for gone in answer.json()["deleted"]]
    assert sorted(deleted) == sorted(ids)
    assert len(post.published()) == 10


@pytest.mark.parametrize("ids", [[], ["1"], [new_id()] * 101, None])
async def test_delete_many_takes_up_to_a_hundred_ids(post: Service[Store], ids: Any) -> None:
    assert (await post.call(delete_many, by=ADA, json={"ids": ids})).status == 400


async def test_delete_many_is_for_members(post: Service[Store]) -> None:
    assert (await post.call(delete_many, json={"ids": [new_id()]})).status == 401
