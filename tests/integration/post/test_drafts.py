"""Drafts against PostgreSQL: they are for their author and for administrators."""

import asyncio
from typing import Any

import pytest

from functions.post.operations import (
    by_category,
    by_user,
    count,
    create,
    delete,
    delete_many,
    get,
    get_by_slug,
    patch,
    search,
    update,
    visit,
)
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.context import Caller
from shared.testing import admin, member, service, visitor
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")
DRAFT = {"title": "Not yet", "content": "Marzipan.", "category": "Essays", "status": "draft"}


@pytest.fixture
async def draft(post: Service[Store]) -> dict[str, Any]:
    made: dict[str, Any] = (await post.call(create, by=ADA, json=DRAFT)).json()
    return made


@pytest.mark.parametrize("reader", [ADA, admin()])
async def test_a_draft_is_read_by_its_author_and_administrators(
    post: Service[Store], draft: dict[str, Any], reader: Caller
) -> None:
    assert (await post.call(get, by=reader, query={"id": draft["id"]})).json() == draft
    found = await post.call(get_by_slug, by=reader, query={"slug": "not-yet"})
    assert found.json() == draft


@pytest.mark.parametrize("reader", [visitor(), EVE, service()])
async def test_a_draft_does_not_exist_for_others(
    post: Service[Store], draft: dict[str, Any], reader: Caller
) -> None:
    by_id = await post.call(get, by=reader, query={"id": draft["id"]})
    by_slug = await post.call(get_by_slug, by=reader, query={"slug": "not-yet"})
    assert [(answer.status, answer.json()["detail"]) for answer in (by_id, by_slug)] == [
        (404, f"no post has the id {draft['id']}"),
        (404, "no post has the slug 'not-yet'"),
    ]


async def test_others_change_and_delete_no_draft(
    post: Service[Store], draft: dict[str, Any]
) -> None:
    whole = {"title": "Mine", "content": "Now.", "status": "published"}
    change = {"id": draft["id"], **whole}
    answers = [
        await post.call(update, by=EVE, json=change),
        await post.call(patch, by=EVE, json=change, headers={"if-match": '"9"'}),
        await post.call(delete, by=EVE, json={"id": draft["id"]}),
        await post.call(visit, by=ADA, json={"id": draft["id"]}),
    ]
    assert [answer.status for answer in answers] == [404] * 4
    many = await post.call(delete_many, by=EVE, json={"ids": [draft["id"]]})
    assert many.json() == {"deleted": [], "unknown": [draft["id"]]}
    assert (await post.call(get, by=ADA, query={"id": draft["id"]})).json() == draft


@pytest.mark.parametrize("reader", [ADA, admin(), visitor()])
async def test_a_draft_is_in_no_list(
    post: Service[Store], draft: dict[str, Any], reader: Caller
) -> None:
    answers = [
        *[
            await post.call(list_posts, by=reader, query={"sort": sort})
            for sort in ("newest", "oldest", "liked", "discussed", "visited")
        ],
        await post.call(by_category, by=reader, query={"category": "Essays"}),
        await post.call(by_user, by=reader, query={"user_id": "user_ada"}),
        await post.call(search, by=reader, query={"q": "marzipan"}),
    ]
    assert [answer.json()["items"] for answer in answers] == [[]] * 8
    counted = await post.call(count, by=reader)
    assert counted.json() == {"count": 0, "categories": {}}
    assert draft["published_at"] is None


async def test_drafts_are_listed_for_their_author_the_latest_touched_first(
    post: Service[Store], draft: dict[str, Any]
) -> None:
    later = (await post.call(create, by=ADA, json={**DRAFT, "title": "Later"})).json()
    await post.call(create, by=ADA, json={**DRAFT, "status": "published"})
    await post.store.database.execute(
        "UPDATE posts SET updated_at = updated_at - interval '1 hour' WHERE id = $1",
        draft["id"],
    )
    query: dict[str, Any] = {"user_id": "user_ada", "status": "draft", "limit": 1}
    first = (await post.call(by_user, by=ADA, query=query)).json()
    query["cursor"] = first["next"]
    second = (await post.call(by_user, by=admin(), query=query)).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == [
        later["id"],
        draft["id"],
    ]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("reader", "status", "detail"),
    [
        (EVE, 403, "drafts are for their author and administrators"),
        (service(), 403, "drafts are for their author and administrators"),
        (
            visitor(),
            401,
            "drafts are for their author and administrators: send a session token",
        ),
    ],
)
async def test_the_drafts_of_others_are_refused(
    post: Service[Store], draft: dict[str, Any], reader: Caller, status: int, detail: str
) -> None:
    query = {"user_id": "user_ada", "status": "draft"}
    answer = await post.call(by_user, by=reader, query=query)
    assert (answer.status, answer.json()["detail"]) == (status, detail)
    assert draft["status"] == "draft"


async def test_a_draft_goes_without_a_word(post: Service[Store], draft: dict[str, Any]) -> None:
    assert (await post.call(delete, by=ADA, json={"id": draft["id"]})).status == 204
    assert post.published() == []


async def test_a_published_draft_is_ordered_by_when_it_came_out(
    post: Service[Store], draft: dict[str, Any]
) -> None:
    # The draft was written an hour before the other post, and comes out after it.
    await post.store.database.execute(
        "UPDATE posts SET created_at = created_at - interval '1 hour'"
    )
    other = (await post.call(create, by=ADA, json={**DRAFT, "status": "published"})).json()
    await post.store.database.execute(
        "UPDATE posts SET published_at = published_at - interval '1 minute'"
    )
    await post.call(patch, by=ADA, json={"id": draft["id"], "status": "published"})
    items = (await post.call(list_posts)).json()["items"]
    assert [item["id"] for item in items] == [draft["id"], other["id"]]


async def test_a_drafts_slug_follows_its_title_until_it_comes_out(
    post: Service[Store], draft: dict[str, Any]
) -> None:
    taken = {"title": "The loom", "content": "x"}
    await post.call(create, by=ADA, json=taken)
    change = {"id": draft["id"], "title": "The loom"}
    titled = (await post.call(patch, by=ADA, json=change)).json()
    assert titled["slug"] == f"the-loom-{draft['id'][-6:]}"
    change = {"id": draft["id"], "title": "Wheels", "status": "published"}
    out = (await post.call(patch, by=ADA, json=change)).json()
    assert out["slug"] == "wheels"
    change = {"id": draft["id"], "title": "Another"}
    assert (await post.call(patch, by=ADA, json=change)).json()["slug"] == "wheels"
    found = await post.call(get_by_slug, query={"slug": "wheels"})
    assert found.json()["title"] == "Another"


async def test_twenty_drafts_that_take_one_title_at_once_differ(post: Service[Store]) -> None:
    ids = [
        (await post.call(create, by=ADA, json={**DRAFT, "title": f"D{n}"})).json()["id"]
        for n in range(20)
    ]
    change = {"title": "Same", "status": "published"}
    answers = await asyncio.gather(
        *(post.call(patch, by=ADA, json={"id": one, **change}) for one in ids)
    )
    assert [answer.status for answer in answers] == [200] * 20
    assert len({answer.json()["slug"] for answer in answers}) == 20
    assert sorted(post.published()) == sorted(
        ("post.published", f"post/{one}", 2) for one in ids
    )
