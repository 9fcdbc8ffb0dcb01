"""post-search against PostgreSQL."""

from datetime import timedelta
from typing import Any

import pytest

from functions.post.operations import create, delete, patch, search
from functions.post.store import Store
from shared.pages import encode_cursor
from shared.testing import NOW, admin, member
from tests.integration.service import Service

ADA = member("user_ada")


async def write(
    post: Service[Store], title: str, content: str = "It weaves.", **more: Any
) -> str:
    text = {"title": title, "content": content, **more}
    answer = await post.call(create, by=ADA, json=text)
    assert answer.status == 201, answer.body
    return str(answer.json()["id"])


async def find(post: Service[Store], q: str, **query: Any) -> list[str]:
    """The titles that a search finds, in its order."""
    answer = await post.call(search, query={"q": q, **query})
    assert answer.status == 200, answer.body
    return [item["title"] for item in answer.json()["items"]]


async def test_a_word_in_the_title_ranks_before_one_below_it(post: Service[Store]) -> None:
    await write(post, "In the content", "The heddle lifts the warp.")
    await write(post, "In the tags", tags=["heddle"])
    await write(post, "In the summary", summary="About the heddle")
    await write(post, "The heddle")
    await write(post, "Nowhere")
    assert await find(post, "heddle") == [
        "The heddle",
        "In the summary",
        "In the tags",
        "In the content",
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("weave loom", {"Both"}),
        ("loom weave", {"Both"}),
        ("LOOMS", {"Both", "One"}),
        ('"loom of time"', {"One"}),
        ("loom -time", {"Both"}),
        ("weaving or time", {"Both", "One"}),
        ("to be or not to be", {"Hamlet"}),
        ('"not to be"', {"Hamlet"}),
        ("cafe", {"Café Zürich"}),
        ("ZURICH café", {"Café Zürich"}),
        ("москва", {"Москва"}),
        ("nothing like it", set()),
        ("\" or '; DROP TABLE posts --", set()),
        ("100% <b>", set()),
    ],
)
async def test_a_query_reads_as_a_web_search(
    post: Service[Store], q: str, found: set[str]
) -> None:
    await write(post, "Both", "Weaving on looms.")
    await write(post, "One", "The loom of time.")
    await write(post, "Hamlet", "To be, or not to be.")
    await write(post, "Café Zürich", "Kaffee.")
    await write(post, "Москва", "Там.")
    assert set(await find(post, q)) == found


async def test_each_finding_shows_its_matches(post: Service[Store]) -> None:
    content = (
        "First. " * 60 + "Then the \ue000heddle\ue001 <b>lifts</b> the warp. " + "Last. " * 60
    )
    await write(post, "Looms", content, summary="On looms")
    answer = await post.call(search, query={"q": "heddle"})
    (item,) = answer.json()["items"]
    assert "the \ue000heddle\ue001" in item["excerpt"]
    # Whatever the author typed, a mark is a mark of ours.
    assert item["excerpt"].count("\ue000") == item["excerpt"].count("\ue001") == 1
    assert len(item["excerpt"]) < 500
    assert "content" not in item


async def test_filters_narrow_a_search(post: Service[Store]) -> None:
    await write(post, "One", "heddle", category="Essays", tags=["looms"])
    await write(post, "Two", "heddle", category="Notes", tags=["looms"])
    await write(post, "Three", "heddle", category="Essays")
    assert set(await find(post, "heddle", category="essays")) == {"One", "Three"}
    assert set(await find(post, "heddle", tag="LOOMS")) == {"One", "Two"}
    assert await find(post, "heddle", category=" Essays ", tag="looms") == ["One"]
    assert await find(post, "heddle", author="user_eve") == []
    assert await find(post, "heddle", category="Unknown") == []


async def test_a_search_sorts_by_time_and_by_likes(post: Service[Store]) -> None:
    ids = [await write(post, f"Heddle {n}") for n in range(3)]
    for hours, likes, post_id in zip((1, 3, 2), (5, 0, 7), ids, strict=True):
        await post.store.database.execute(
            "UPDATE posts SET published_at = $2 WHERE id = $1",
            *(post_id, NOW - timedelta(hours=hours)),
        )
        await post.store.database.execute(
            "UPDATE tallies SET likes = $2 WHERE post_id = $1", post_id, likes
        )
    newest = await find(post, "heddle", sort="newest")
    assert newest == ["Heddle 0", "Heddle 2", "Heddle 1"]
    assert await find(post, "heddle", sort="liked") == ["Heddle 2", "Heddle 0", "Heddle 1"]


@pytest.mark.parametrize("sort", ["relevance", "newest", "liked"])
async def test_pages_of_a_search_stay_whole_while_posts_are_written(
    post: Service[Store], sort: str
) -> None:
    written = {f"Heddle {n}" for n in range(7)}
    for title in sorted(written):
        # All of them have the same rank, time and likes: the id decides.
        await write(post, title, "word " * 9)
    seen: list[str] = []
    cursor = None
    for n in range(3):
        query: dict[str, Any] = {"q": "heddle", "sort": sort, "limit": 3}
        query |= {"cursor": cursor} if cursor else {}
        page = (await post.call(search, query=query)).json()
        seen += [item["title"] for item in page["items"] if item["title"] in written]
        cursor = page["next"]
        await write(post, f"Late heddle {n}", "heddle " * 9)
    assert sorted(seen) == sorted(set(seen))
    # Only what came in front of a page, where the first pages were, is never seen.
    assert set(seen) == written or sort != "relevance"


async def test_a_search_follows_edits_and_deletions(post: Service[Store]) -> None:
    post_id = await write(post, "Heddle")
    await post.call(patch, by=ADA, json={"id": post_id, "title": "Treadle"})
    assert (await find(post, "heddle"), await find(post, "treadle")) == ([], ["Treadle"])
    await post.call(delete, by=admin(), json={"id": post_id})
    assert await find(post, "treadle") == []


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({}, "q is required"),
        ({"q": ""}, "q must have 1 or more characters"),
        ({"q": "  "}, "q must have 1 to 200 characters, got 0"),
        ({"q": "a" * 201}, "q must have at most 200 characters"),
        ({"q": "!?"}, "q must hold a word that posts have, got '!?'"),
        ({"q": "-loom"}, "q must hold a word that posts have, got '-loom'"),
        ({"q": "a", "sort": "oldest"}, None),
        ({"q": "a", "limit": 0}, None),
        ({"q": "a", "category": "a" * 61}, None),
        ({"q": "a", "cursor": "e30"}, None),
        ({"q": "a", "cursor": encode_cursor("relevance", "x", "y")}, None),
        ({"q": "a", "sort": "liked", "cursor": encode_cursor("liked", 2**63, "y")}, None),
        (
            {"q": "a", "cursor": encode_cursor("liked", 1.0, "0" * 32)},
            "cursor must be of a list sorted by relevance, got one of 'liked'",
        ),
    ],
)
async def test_search_refuses_what_it_cannot_look_for(
    post: Service[Store], query: dict[str, Any], detail: str | None
) -> None:
    answer = await post.call(search, query=query)
    assert answer.status == 400
    assert detail in (None, answer.json()["detail"])


async def test_an_excerpt_shows_words_without_their_markdown(post: Service[Store]) -> None:
    content = """# The heddle

> A **heddle** is [part of *a* loom](https://looms.test/heddle "Looms"), `not` snake_case.

- 2 * 3 warps ~~and~~ ![a heddle](/heddle.png)"""
    await post.call(create, by=ADA, json={"title": "Looms", "content": content})
    [item] = (await post.call(search, query={"q": "heddle"})).json()["items"]
    excerpt = item["excerpt"].replace("\ue000", "<").replace("\ue001", ">")
    assert " ".join(excerpt.split()) == (
        "<heddle> A <heddle> is part of a loom, not snake_case. 2 * 3 warps and a <heddle>"
    )
