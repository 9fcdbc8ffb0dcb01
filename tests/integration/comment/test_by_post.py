"""comment-by-post against MySQL."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.comment import events
from functions.comment.model import Comment, KnownPost, Profile
from functions.comment.operations import by_post
from functions.comment.store import Store
from shared.ids import new_id
from shared.pages import encode_cursor
from shared.testing import NOW
from tests.integration.comment.conftest import POST
from tests.integration.service import Service

ADA = Profile("user_ada", "Ada", "", 1)


async def write(comment: Service[Store], time: datetime, post_id: str = POST) -> Comment:
    made = Comment.write(post_id, None, "Well told.", ADA.author, time)
    return await comment.store.add(
        made, KnownPost(post_id, 1), ADA, announce=events.comment_created
    )


async def read(comment: Service[Store], cursor: str | None, limit: int = 4) -> dict[str, Any]:
    query = {"post_id": POST, "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    answer = await comment.call(by_post, query=query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_a_post_without_comments_has_an_empty_page(comment: Service[Store]) -> None:
    assert await read(comment, None) == {"items": [], "next": None}


async def test_a_page_shows_whole_comments_of_one_post(comment: Service[Store]) -> None:
    made = await write(comment, NOW + timedelta(microseconds=7))
    await write(comment, NOW, new_id())
    assert await read(comment, None) == {
        "items": [
            {
                "id": made.id,
                "post_id": POST,
                "parent_id": None,
                "text": "Well told.",
                "author": {"id": "user_ada", "name": "Ada", "avatar": ""},
                "revision": 1,
                "deleted": False,
                "created_at": "2026-03-04T05:06:07.000007Z",
                "edited_at": None,
            }
        ],
        "next": None,
    }


async def test_pages_stay_whole_while_comments_are_written(comment: Service[Store]) -> None:
    # Pairs of comments share their time, so that a page ends between two of the same moment.
    times = [NOW + timedelta(seconds=n // 2) for n in range(11)]
    written = [await write(comment, time) for time in times]
    late, seen, cursor = [], [], None
    for page_number in range(4):
        page = await read(comment, cursor)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if page_number < 3:
            late.append(await write(comment, NOW + timedelta(hours=1 + page_number)))
    oldest_first = sorted(written, key=lambda made: (made.created_at, made.id))
    assert seen == [made.id for made in (*oldest_first, *late)]
    assert cursor is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"post_id": "1"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "many"},
        {"cursor": "????"},
        {"cursor": "e30"},
        {"cursor": encode_cursor("no time", "no id")},
        {"cursor": encode_cursor(NOW)},
    ],
)
async def test_by_post_refuses_what_is_no_page(
    comment: Service[Store], wrong: dict[str, str]
) -> None:
    assert (await comment.call(by_post, query={"post_id": POST, **wrong})).status == 400


@pytest.mark.parametrize("last", ["é", "x" * 100, ""])
async def test_a_cursor_whose_id_is_none_is_refused(comment: Service[Store], last: str) -> None:
    query = {"post_id": POST, "cursor": encode_cursor(NOW, last)}
    assert (await comment.call(by_post, query=query)).status == 400
