"""like-by-post, like-by-user and like-check against SurrealDB."""

from collections.abc import Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest

from functions.like import events
from functions.like.model import KnownPost
from functions.like.operations import add, by_post, by_user, check, remove
from functions.like.store import Store
from functions.like.store.reads import LIKES_OF_POST, LIKES_OF_USER
from shared.context import Caller
from shared.ids import new_id
from shared.pages import encode_cursor
from shared.testing import NOW, admin, member, service
from tests.integration.like.conftest import POST
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")
MANY = """
    FOR $n IN $from..$to {
        LET $user = 'user_' + <string> ($n % 1500);
        LET $post = IF $n < 1500 THEN $post ELSE <string> $n END;
        CREATE type::record('likes', [$user, $post]) SET user = $user, post = $post,
            liked = $n % 3 != 0, revision = 1,
            changed_at = d'2026-01-01T00:00:00Z' + duration::from_secs($n % 700);
    }
"""


async def give_many(like: Service[Store]) -> None:
    """Store 2000 likes, a third of them taken back, in queries that a busy machine bears."""
    for start in range(0, 2000, 250):
        await like.store.database.query(MANY, post=POST, **{"from": start, "to": start + 250})


async def give(
    like: Service[Store], user_id: str, seconds: int = 0, post_id: str = POST
) -> None:
    await like.store.add(
        KnownPost(post_id, 1),
        user_id,
        NOW + timedelta(seconds=seconds),
        announce=events.like_added,
    )


async def walk(
    like: Service[Store],
    operation: ModuleType,
    key: str,
    by: Caller | None = None,
    **query: Any,
) -> list[str]:
    """Read a list to its end."""
    seen: list[str] = []
    while True:
        answer = await like.call(operation, by=by, query=query)
        assert answer.status == 200, answer.body
        page = answer.json()
        seen += [item[key] for item in page["items"]]
        if page["next"] is None:
            return seen
        assert len(page["items"]) == query["limit"]
        query["cursor"] = page["next"]


async def test_by_post_shows_who_likes_it_the_newest_first(like: Service[Store]) -> None:
    for seconds, user in enumerate(("user_ada", "user_eve", "user_bob")):
        await give(like, user, seconds)
    await give(like, "user_eve", post_id=new_id())
    await like.call(remove, by=EVE, json={"post_id": POST})
    answer = await like.call(by_post, query={"post_id": POST})
    assert (answer.status, answer.json()) == (
        200,
        {
            "items": [
                {"user_id": "user_bob", "liked_at": "2026-03-04T05:06:09Z"},
                {"user_id": "user_ada", "liked_at": "2026-03-04T05:06:07Z"},
            ],
            "next": None,
        },
    )


async def test_by_user_shows_the_callers_own_likes(like: Service[Store]) -> None:
    posts = [new_id() for _ in range(3)]
    for seconds, post_id in enumerate(posts):
        await give(like, "user_ada", seconds, post_id)
    await give(like, "user_eve", post_id=posts[0])
    answer = await like.call(by_user, by=ADA, query={"limit": 2})
    page = answer.json()
    assert page["items"] == [
        {"post_id": posts[2], "liked_at": "2026-03-04T05:06:09Z"},
        {"post_id": posts[1], "liked_at": "2026-03-04T05:06:08Z"},
    ]
    rest = await like.call(by_user, by=ADA, query={"cursor": page["next"]})
    assert rest.json() == {
        "items": [{"post_id": posts[0], "liked_at": "2026-03-04T05:06:07Z"}],
        "next": None,
    }


async def test_by_user_shows_others_likes_to_administrators_only(like: Service[Store]) -> None:
    await give(like, "user_ada")
    query = {"user_id": "user_ada"}
    for caller in (ADA, admin()):
        items = (await like.call(by_user, by=caller, query=query)).json()["items"]
        assert [item["post_id"] for item in items] == [POST]
    refused = await like.call(by_user, by=EVE, query=query)
    assert (refused.status, refused.json()["detail"]) == (
        403,
        "only the member or an administrator may list what a member likes",
    )


@pytest.mark.parametrize("limit", [25, 100])
async def test_pages_are_whole_when_likes_share_their_moment(
    like: Service[Store], limit: int
) -> None:
    await give_many(like)
    wanted = [f"user_{n}" for n in range(1500) if n % 3]
    seen = await walk(like, by_post, "user_id", post_id=POST, limit=limit)
    assert sorted(seen) == sorted(wanted)
    moment = {user: int(user.removeprefix("user_")) % 700 for user in wanted}
    assert seen == sorted(seen, key=lambda user: (-moment[user], user))


async def test_pages_stay_whole_while_likes_come_and_go(like: Service[Store]) -> None:
    for n in range(10):
        await give(like, f"user_{n}", n)
    first = (await like.call(by_post, query={"post_id": POST, "limit": 4})).json()
    # One that was seen goes, one that follows is given anew, and one is altogether new.
    for user in ("user_8", "user_3"):
        await like.call(remove, by=member(user), json={"post_id": POST})
    for seconds, user in ((20, "user_3"), (30, "user_new")):
        await give(like, user, seconds)
    rest = await walk(like, by_post, "user_id", post_id=POST, limit=4, cursor=first["next"])
    assert [item["user_id"] for item in first["items"]] == [f"user_{n}" for n in (9, 8, 7, 6)]
    assert rest == [f"user_{n}" for n in (5, 4, 2, 1, 0)]
    newest = (await like.call(by_post, query={"post_id": POST, "limit": 2})).json()["items"]
    assert [item["user_id"] for item in newest] == ["user_new", "user_3"]


def operators(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Give each step of a plan with the rows it put out."""
    yield plan["operator"], plan["metrics"]["output_rows"]
    for child in plan.get("children", []):
        yield from operators(child)


@pytest.mark.parametrize(
    ("query", "of"),
    [(LIKES_OF_POST, POST), (LIKES_OF_USER, "user_1")],
    ids=["by-post", "by-user"],
)
async def test_a_page_reads_no_more_than_its_rows(
    like: Service[Store], query: str, of: str
) -> None:
    await give_many(like)
    [plan] = await like.store.database.query(f"{query} EXPLAIN FULL", of=of, place="", limit=21)
    steps = list(operators(plan))
    assert [step for step, _ in steps] == ["SelectProject", "IndexScan"]
    assert max(count for _, count in steps) <= 21


async def test_a_list_that_did_not_change_is_not_sent_again(like: Service[Store]) -> None:
    await give(like, "user_ada")
    query = {"post_id": POST}
    tag = (await like.call(by_post, query=query)).headers["etag"]
    known = {"if-none-match": tag}
    assert (await like.call(by_post, query=query, headers=known)).status == 304
    await give(like, "user_eve")
    assert (await like.call(by_post, query=query, headers=known)).status == 200


async def test_check_tells_how_the_caller_stands(like: Service[Store]) -> None:
    body = query = {"post_id": POST}
    seen = [(await like.call(check, by=ADA, query=query)).json()]
    for change in (add, remove):
        await like.call(change, by=ADA, json=body)
        seen.append((await like.call(check, by=ADA, query=query)).json())
    assert seen == [
        {"post_id": POST, "liked": liked, "revision": revision}
        for revision, liked in enumerate((False, True, False))
    ]
    assert (await like.call(check, by=EVE, query=query)).json()["revision"] == 0


@pytest.mark.parametrize(
    ("operation", "query"),
    [
        (by_post, {}),
        (by_post, {"post_id": "1"}),
        (by_post, {"post_id": POST, "limit": 0}),
        (by_post, {"post_id": POST, "limit": 101}),
        (by_post, {"post_id": POST, "cursor": "????"}),
        (by_post, {"post_id": POST, "cursor": encode_cursor(1)}),
        (by_post, {"post_id": POST, "cursor": encode_cursor("a", "b")}),
        (by_user, {"user_id": ""}),
        (by_user, {"user_id": "u" * 192}),
        (by_user, {"limit": "many"}),
        (by_user, {"cursor": "e30"}),
        (check, {}),
        (check, {"post_id": "1"}),
    ],
)
async def test_lists_refuse_what_is_no_page(
    like: Service[Store], operation: ModuleType, query: dict[str, Any]
) -> None:
    assert (await like.call(operation, by=ADA, query=query)).status == 400


async def test_who_likes_is_public_and_what_one_likes_is_not(like: Service[Store]) -> None:
    query = {"post_id": POST}
    assert (await like.call(by_post, query=query)).status == 200
    for operation in (by_user, check):
        assert (await like.call(operation, query=query)).status == 401
        assert (await like.call(operation, by=service(), query=query)).status == 403
