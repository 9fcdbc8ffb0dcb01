"""post-featured, post-by-category, post-by-user, post-count against PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.post.model import Filter, Sort
from functions.post.operations import (
    by_category,
    by_user,
    count,
    create,
    delete,
    featured,
    get,
    get_by_slug,
    patch,
    search,
)
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.testing import NOW, Answer, CannedCalls, admin, member
from tests.integration.post.conftest import ADA as PROFILE
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def write(post: Service[Store], title: str, **more: Any) -> str:
    """Write a post that comes out a second after the one before."""
    text = {"title": title, "content": "It weaves.", **more}
    post_id = str((await post.call(create, by=ADA, json=text)).json()["id"])
    await post.store.database.execute(
        """UPDATE posts SET published_at = published_at
               + (SELECT count(*) FROM posts) * interval '1 second' WHERE id = $1""",
        post_id,
    )
    return post_id


def titles(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [item["title"] for item in answer.json()["items"]]


async def test_featured_lists_what_administrators_chose(post: Service[Store]) -> None:
    ids = [await write(post, f"P{n}") for n in range(4)]
    for chosen in (ids[2], ids[0], ids[3]):
        await post.call(patch, by=admin(), json={"id": chosen, "featured": True})
    await post.call(patch, by=admin(), json={"id": ids[3], "featured": False})
    first = await post.call(featured, query={"limit": 1})
    second = await post.call(featured, query={"limit": 1, "cursor": first.json()["next"]})
    assert titles(first) + titles(second) == ["P2", "P0"]
    assert second.json()["next"] is None
    assert titles(await post.call(featured)) == ["P2", "P0"]


async def test_a_category_is_one_however_it_is_written(post: Service[Store]) -> None:
    await write(post, "One", category="Étude  longue")
    await write(post, "Two", category="étude longue")
    await write(post, "Three", category="E\u0301tude longue")
    await write(post, "Other", category="Etude")
    for name in ("étude longue", " ÉTUDE  LONGUE ", "E\u0301tude Longue"):
        query = {"category": name}
        assert titles(await post.call(by_category, query=query)) == ["Three", "Two", "One"]
        assert titles(await post.call(list_posts, query=query)) == ["Three", "Two", "One"]


async def test_an_unknown_category_is_an_empty_page(post: Service[Store]) -> None:
    await write(post, "One", category="Essays")
    answer = await post.call(by_category, query={"category": "Recipes"})
    assert (answer.status, answer.json()) == (200, {"items": [], "next": None})


@pytest.mark.parametrize("query", [{}, {"category": ""}, {"category": "a" * 61}])
async def test_by_category_asks_for_one(post: Service[Store], query: dict[str, str]) -> None:
    assert (await post.call(by_category, query=query)).status == 400


async def test_by_user_lists_a_members_published_posts(post: Service[Store]) -> None:
    for n in range(3):
        await write(post, f"P{n}")
    await write(post, "Draft", status="draft")
    post.calls = CannedCalls({"user-get": {**PROFILE, "id": "user_eve", "name": "Eve"}})
    await post.call(create, by=EVE, json={"title": "Hers", "content": "x"})
    first = await post.call(by_user, query={"user_id": "user_ada", "limit": 2})
    query = {"user_id": "user_ada", "limit": 2, "cursor": first.json()["next"]}
    second = await post.call(by_user, query=query)
    assert (titles(first), titles(second)) == (["P2", "P1"], ["P0"])
    assert titles(await post.call(by_user, query={"user_id": "user_unknown"})) == []


@pytest.mark.parametrize(
    "query", [{}, {"user_id": ""}, {"user_id": "a" * 201}, {"user_id": "a", "status": "x"}]
)
async def test_by_user_asks_for_one(post: Service[Store], query: dict[str, str]) -> None:
    assert (await post.call(by_user, query=query)).status == 400


async def test_lists_are_filtered_by_all_that_is_asked(post: Service[Store]) -> None:
    await write(post, "One", category="Essays", tags=["looms", "time"])
    await write(post, "Two", category="Essays", tags=["time"])
    await write(post, "Three", category="Notes", tags=["looms"])
    for query, found in (
        ({"tag": "Looms"}, ["Three", "One"]),
        ({"tag": "time", "sort": "oldest"}, ["One", "Two"]),
        ({"category": "essays", "tag": " looms "}, ["One"]),
        ({"category": "essays", "author": "user_ada"}, ["Two", "One"]),
        ({"author": "user_eve"}, []),
        ({"tag": "unknown"}, []),
        ({"tag": " ", "category": " "}, ["Three", "Two", "One"]),
    ):
        assert titles(await post.call(list_posts, query=query)) == found


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("newest", "ABCDE"),
        ("oldest", "EDCBA"),
        ("liked", "CEADB"),
        ("discussed", "DBECA"),
        ("visited", "EABCD"),
    ],
)
async def test_lists_come_in_every_order_page_by_page(
    post: Service[Store], sort: str, order: str
) -> None:
    numbers = {  # likes, comments, visits; of what is equal, the newer comes first
        "E": (4, 2, 9),
        "D": (1, 8, 0),
        "C": (7, 1, 1),
        "B": (0, 3, 2),
        "A": (2, 0, 3),
    }
    for title, values in numbers.items():
        post_id = await write(post, title)
        await post.store.database.execute(
            "UPDATE tallies SET likes = $2, comments = $3, visits = $4 WHERE post_id = $1",
            *(post_id, *values),
        )
    seen = ""
    query: dict[str, Any] = {"sort": sort, "limit": 2}
    for _ in range(3):
        answer = await post.call(list_posts, query=query)
        seen += "".join(titles(answer))
        query["cursor"] = answer.json()["next"]
    assert (seen, query["cursor"]) == (order, None)


@pytest.mark.parametrize("sort", ["oldest", "liked"])
async def test_a_cursor_of_another_order_is_refused(post: Service[Store], sort: str) -> None:
    for n in range(3):
        await write(post, f"P{n}")
    cursor = (await post.call(list_posts, query={"limit": 1})).json()["next"]
    answer = await post.call(list_posts, query={"sort": sort, "cursor": cursor})
    assert (answer.status, answer.json()["detail"]) == (
        400,
        f"cursor must be of a list sorted by {sort}, got one of 'newest'",
    )


async def test_count_tells_of_all_and_by_category(post: Service[Store]) -> None:
    assert (await post.call(count)).json() == {"count": 0, "categories": {}}
    await write(post, "One", category="essays", tags=["looms"])
    await write(post, "Two", category="Essays")
    await write(post, "Three", category="Notes", tags=["looms"])
    await write(post, "Four", tags=["looms"])
    gone = await write(post, "Five", category="Notes")
    await post.call(delete, by=ADA, json={"id": gone})
    for query, counted in (
        ({}, {"count": 4, "categories": {"Essays": 2, "Notes": 1}}),
        ({"tag": "looms"}, {"count": 3, "categories": {"essays": 1, "Notes": 1}}),
        ({"category": "ESSAYS"}, {"count": 2, "categories": {"Essays": 2}}),
        ({"author": "user_eve"}, {"count": 0, "categories": {}}),
    ):
        assert (await post.call(count, query=query)).json() == counted
    assert (await post.call(count, query={"tag": "a" * 41})).status == 400


async def test_reads_spare_whoever_has_the_answer(post: Service[Store]) -> None:
    post_id = await write(post, "Looms", category="Essays")
    reads: list[tuple[Any, dict[str, str]]] = [
        (get, {"id": post_id}),
        (get_by_slug, {"slug": "looms"}),
        (list_posts, {}),
        (featured, {}),
        (by_category, {"category": "Essays"}),
        (by_user, {"user_id": "user_ada"}),
        (search, {"q": "looms"}),
    ]
    tags = []
    for operation, query in reads:
        tags.append((await post.call(operation, query=query)).headers["etag"])
        known = {"if-none-match": tags[-1]}
        again = await post.call(operation, query=query, headers=known)
        assert (again.status, again.body) == (304, b"")
    await post.call(patch, by=admin(), json={"id": post_id, "featured": True})
    for (operation, query), tag in zip(reads, tags, strict=True):
        known = {"if-none-match": tag}
        assert (await post.call(operation, query=query, headers=known)).status == 200


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=9),
    st.integers(1, 4),
    st.sampled_from(["newest", "oldest", "liked"]),
)
async def test_pages_together_are_the_whole_list_in_order(
    post: Service[Store], posts: list[tuple[int, int]], limit: int, sort: Sort
) -> None:
    """However many are equal in what they are sorted by: none is missing, none comes twice."""
    await post.store.database.execute("DELETE FROM posts")
    await post.store.database.execute("DELETE FROM tallies")
    order: list[tuple[int, str]] = []
    for seconds, likes in posts:
        post_id = await write(post, "P")
        await post.store.database.execute(
            "UPDATE posts SET published_at = $2 WHERE id = $1",
            *(post_id, NOW + timedelta(seconds=seconds)),
        )
        await post.store.database.execute(
            "UPDATE tallies SET likes = $2 WHERE post_id = $1", post_id, likes
        )
        order.append((likes if sort == "liked" else seconds, post_id))
    seen: list[str] = []
    cursor = None
    while True:
        page = await post.store.page(Filter(), sort, cursor, limit)
        seen += [item.id for item in page.items]
        cursor = page.next
        if not cursor:
            break
    assert seen == [post_id for _, post_id in sorted(order, reverse=sort != "oldest")]
