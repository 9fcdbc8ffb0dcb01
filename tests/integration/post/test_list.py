"""post-list against PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.post import events
from functions.post.model import Post, Profile, Writing
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.pages import encode_cursor
from shared.testing import NOW
from tests.integration.service import Service

ADA = Profile("user_ada", "Ada", "", 1)


async def write(post: Service[Store], title: str, time: datetime) -> Post:
    draft = Writing(title=title, content="It weaves.")
    return await post.store.add(
        Post.write(draft, ADA.author, time), ADA, announce=events.post_created
    )


async def read(post: Service[Store], cursor: str | None, limit: int = 4) -> dict[str, Any]:
    query = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    answer = await post.call(list_posts, query=query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_list_is_empty_at_first(post: Service[Store]) -> None:
    assert await read(post, None) == {"items": [], "next": None}


async def test_list_shows_everything_but_the_content(post: Service[Store]) -> None:
    made = await write(post, "Looms", NOW)
    assert (await read(post, None))["items"] == [
        {
            "id": made.id,
            "slug": "looms",
            "title": "Looms",
            "summary": "",
            "cover": "",
            "category": "",
            "tags": [],
            "status": "published",
            "featured": False,
            "visits": 0,
            "author": {"id": "user_ada", "name": "Ada", "avatar": ""},
            "likes": 0,
            "comments": 0,
            "revision": 1,
            "created_at": "2026-03-04T05:06:07Z",
            "updated_at": "2026-03-04T05:06:07Z",
            "published_at": "2026-03-04T05:06:07Z",
        }
    ]


async def test_pages_stay_whole_while_posts_are_written(post: Service[Store]) -> None:
    # Pairs of posts share their time, so that a page ends between two of the same moment.
    times = [NOW + timedelta(seconds=n // 2) for n in range(11)]
    written = [await write(post, f"Post {n}", time) for n, time in enumerate(times)]
    seen, cursor = [], None
    for page_number in range(3):
        page = await read(post, cursor)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        await write(post, f"Late {page_number}", NOW + timedelta(hours=1))
    newest_first = sorted(written, key=lambda made: (made.created_at, made.id), reverse=True)
    assert seen == [made.id for made in newest_first]
    assert cursor is None


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"limit": "many"},
        {"cursor": "????"},
        {"cursor": "e30"},
        {"cursor": encode_cursor("no time", "no id")},
        {"cursor": encode_cursor(NOW)},
        {"cursor": encode_cursor(NOW, "no id")},
    ],
)
async def test_list_refuses_what_is_no_page(
    post: Service[Store], query: dict[str, Any]
) -> None:
    assert (await post.call(list_posts, query=query)).status == 400
