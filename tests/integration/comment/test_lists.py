"""comment-by-user, comment-count, and by-post where members left, against MySQL."""

from typing import Any

import pytest

from functions.comment.operations import (
    by_post,
    by_user,
    count,
    create,
    delete,
    on_user_deleted,
    update,
)
from functions.comment.store import Store, reads
from shared.ids import new_id
from shared.pages import encode_cursor
from shared.testing import NOW, admin, member, service
from tests.integration.comment.conftest import POST, left, listed, seed, write
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def walk(comment: Service[Store], limit: int, **query: Any) -> list[str]:
    """Read all a member's comments."""
    seen: list[str] = []
    while True:
        answer = await comment.call(by_user, query={"limit": limit, **query})
        assert answer.status == 200, answer.body
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return seen
        query["cursor"] = page["next"]


async def test_by_user_shows_a_members_comments_to_everyone(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    reply = await write(comment, "user_ada", "So it is.", parent_id=made["id"])
    gone = await write(comment, "user_ada")
    await write(comment, "user_eve")
    await comment.call(delete, by=ADA, json={"id": gone["id"]})
    for caller in (None, EVE, service()):
        answer = await comment.call(by_user, by=caller, query={"user_id": "user_ada"})
        items = sorted(answer.json()["items"], key=lambda one: bool(one["parent_id"]))
        assert (items, answer.json()["next"]) == ([made, reply], None)
    nobody = await comment.call(by_user, query={"user_id": "user_nobody"})
    assert nobody.json() == {"items": [], "next": None}


@pytest.mark.parametrize("limit", [7, 100])
async def test_a_members_comments_come_newest_first(
    comment: Service[Store], limit: int
) -> None:
    ids = await seed(comment, 101)
    newer = await write(comment, "user_ada")
    assert await walk(comment, limit, user_id="user_ada") == [newer["id"], *reversed(ids)]


async def test_pages_stay_whole_while_comments_come_and_go(comment: Service[Store]) -> None:
    ids = await seed(comment, 12)
    query: dict[str, str | int] = {"user_id": "user_ada", "limit": 5}
    first = (await comment.call(by_user, query=query)).json()
    await write(comment, "user_ada")
    for place in (9, 3):
        await comment.call(delete, by=ADA, json={"id": ids[place]})
    assert [item["id"] for item in first["items"]] == ids[:6:-1]
    assert await walk(comment, 5, user_id="user_ada", cursor=first["next"]) == [
        ids[n] for n in (6, 5, 4, 2, 1, 0)
    ]


async def test_pages_of_a_post_hold_the_places_of_who_left(comment: Service[Store]) -> None:
    roots = await seed(comment, 30)
    answered = roots[::3]
    for root in answered:
        await write(comment, "user_eve", parent_id=root)
    await comment.finish(on_user_deleted, left("user_ada"))
    whole = await listed(comment)
    assert [item["id"] for item in whole if item["deleted"]] == answered
    assert len(whole) == 20
    for limit in (1, 3, 7):
        seen: list[dict[str, Any]] = []
        query: dict[str, str | int] = {"post_id": POST, "limit": limit}
        while query:
            page = (await comment.call(by_post, query=query)).json()
            seen += page["items"]
            query = {**query, "cursor": page["next"]} if page["next"] else {}
        assert seen == whole


async def test_count_tells_of_many_posts(comment: Service[Store]) -> None:
    one, none = new_id(), new_id()
    [kept] = await seed(comment, 1, post_id=one)
    await seed(comment, 3)
    made = await write(comment, "user_ada")
    await comment.call(update, by=ADA, json={"id": made["id"], "text": "Once more!"})
    await write(comment, "user_eve", parent_id=made["id"])
    query = {"post_ids": f"{POST},{none},{one},{POST}"}
    answer = await comment.call(count, query=query)
    assert (answer.status, answer.json()) == (200, {"counts": {POST: 5, none: 0, one: 1}})
    known = {"if-none-match": answer.headers["etag"]}
    assert (await comment.call(count, query=query, headers=known)).status == 304
    await comment.call(delete, by=admin(), json={"id": kept})
    assert (await comment.call(count, query=query, headers=known)).status == 200


async def test_count_takes_a_hundred_posts(comment: Service[Store]) -> None:
    posts = [new_id() for _ in range(100)]
    answer = await comment.call(count, query={"post_ids": ",".join(posts)})
    assert answer.json() == {"counts": dict.fromkeys(posts, 0)}


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        (count, {}),
        (count, {"post_ids": ""}),
        (count, {"post_ids": "1"}),
        (count, {"post_ids": f"{new_id()},"}),
        (count, {"post_ids": ",".join(new_id() for _ in range(101))}),
        (by_user, {}),
        (by_user, {"user_id": ""}),
        (by_user, {"user_id": "u" * 201}),
        (by_user, {"user_id": "user_ada", "limit": "0"}),
        (by_user, {"user_id": "user_ada", "limit": "101"}),
        (by_user, {"user_id": "user_ada", "cursor": "????"}),
        (by_user, {"user_id": "user_ada", "cursor": encode_cursor(NOW, "no id")}),
    ],
)
async def test_lists_refuse_what_is_no_list(
    comment: Service[Store], operation: Any, query: dict[str, str]
) -> None:
    assert (await comment.call(operation, query=query)).status == 400


PLACE = {"time": NOW, "last": new_id(), "limit": 21}


@pytest.mark.parametrize(
    ("query", "args", "index"),
    [
        (reads.OF_POST, {"of": POST, **PLACE}, "listed_of_post"),
        (reads.OF_AUTHOR, {"of": "user_ada", **PLACE}, "comments_of_author"),
        (reads.COUNT.format("%s, %s"), (POST, new_id()), "comments_of_post"),
    ],
    ids=["by-post", "by-user", "count"],
)
async def test_each_list_is_read_from_its_index(
    comment: Service[Store], query: str, args: Any, index: str
) -> None:
    await seed(comment, 900)
    for author in range(50):
        await seed(comment, 40, author=f"user_{author}", post_id=new_id())
    await comment.store.database.fetch("ANALYZE TABLE comments")
    plan = await comment.store.database.fetch(f"EXPLAIN {query}", args)
    assert plan[0]["key"] == index
    assert {step["type"] for step in plan} <= {"ref", "range"}
    assert "filesort" not in "".join(step["Extra"] for step in plan)


async def test_create_asks_for_posts_that_are_no_drafts(comment: Service[Store]) -> None:
    draft = {"id": POST, "revision": 1, "status": "draft"}
    comment.calls.answers = {**comment.calls.answers, "post-get": draft}
    body = {"post_id": POST, "text": "Well told."}
    answer = await comment.call(create, by=ADA, json=body)
    assert (answer.status, answer.json()["detail"]) == (404, f"no post has the id {POST}")
    assert await comment.store.post(POST) is None
