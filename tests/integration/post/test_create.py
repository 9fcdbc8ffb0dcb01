"""post-create against PostgreSQL."""

import asyncio
from typing import Any

import pytest

from functions.post.operations import create, get, on_user_deleted, on_user_updated
from functions.post.store import Store
from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.errors import Unavailable
from shared.testing import CannedCalls, member, service
from tests.integration.service import Service, happened

ADA = member("user_ada")
DRAFT = {"title": "Notes on the engine", "content": "It weaves."}


async def test_create_publishes_the_post(post: Service[Store]) -> None:
    extras = {"summary": "On looms", "cover": "/a.png", "category": "Essays", "tags": ["a"]}
    answer = await post.call(create, by=ADA, json={**DRAFT, **extras})
    assert answer.status == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "slug": "notes-on-the-engine",
        **DRAFT,
        **extras,
        "status": "published",
        "featured": False,
        "visits": 0,
        "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
        "likes": 0,
        "comments": 0,
        "revision": 1,
        "created_at": "2026-03-04T05:06:07Z",
        "updated_at": "2026-03-04T05:06:07Z",
        "published_at": "2026-03-04T05:06:07Z",
    }
    assert post.published() == [("post.created", f"post/{made['id']}", 1)]
    assert (await post.call(get, query={"id": made["id"]})).json() == made


async def test_create_keeps_a_draft_to_itself(post: Service[Store]) -> None:
    answer = await post.call(create, by=ADA, json={**DRAFT, "status": "draft"})
    made = answer.json()
    assert (answer.status, made["status"], made["published_at"]) == (201, "draft", None)
    assert post.published() == []


async def test_create_refuses_a_deleted_member(nobody: Service[Store]) -> None:
    gone = happened(UserDeleted(id="user_ada"), "user/user_ada", 3)
    await nobody.finish(on_user_deleted, gone)
    answer = await nobody.call(create, by=ADA, json=DRAFT)
    assert (answer.status, answer.json()["detail"]) == (
        409,
        "a deleted member writes no posts",
    )


async def test_create_asks_for_an_unknown_author_once(post: Service[Store]) -> None:
    for _ in range(2):
        assert (await post.call(create, by=ADA, json=DRAFT)).status == 201
    assert post.calls.asked == [("user-get", {"id": "user_ada"})]


async def test_create_knows_authors_from_events(nobody: Service[Store]) -> None:
    change = UserUpdated(id="user_ada", username="ada", name="Countess", avatar="")
    await nobody.tell(on_user_updated, happened(change, "user/user_ada", 4))
    answer = await nobody.call(create, by=ADA, json=DRAFT)
    assert answer.json()["author"] == {"id": "user_ada", "name": "Countess", "avatar": ""}
    assert nobody.calls.asked == []


async def test_create_waits_for_the_members_profile(nobody: Service[Store]) -> None:
    answer = await nobody.call(create, by=ADA, json=DRAFT)
    assert (answer.status, answer.json()["detail"]) == (
        409,
        "your profile has not arrived yet, try again in a moment",
    )
    assert nobody.published() == []


async def test_create_says_when_members_cannot_be_asked(post: Service[Store]) -> None:
    post.calls = CannedCalls({"user-get": Unavailable("user-get does not answer")})
    answer = await post.call(create, by=ADA, json=DRAFT)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "   "},
        {"title": "a" * 201},
        {"content": ""},
        {"content": "a" * 50_001},
        {"cover": "javascript:alert(1)"},
        {"tags": ["a"] * 11},
        {"author": "user_eve"},
        {"title": None},
        {"status": "hidden"},
    ],
)
async def test_create_refuses_what_breaks_a_rule(
    post: Service[Store], wrong: dict[str, Any]
) -> None:
    answer = await post.call(create, by=ADA, json={**DRAFT, **wrong})
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert await post.store.database.fetchval("SELECT count(*) FROM posts") == 0


async def test_create_takes_a_long_post_of_wide_characters(post: Service[Store]) -> None:
    answer = await post.call(create, by=ADA, json={**DRAFT, "content": "🧵" * 50_000})
    assert answer.status == 201


async def test_create_is_for_members(post: Service[Store]) -> None:
    assert (await post.call(create, json=DRAFT)).status == 401
    assert (await post.call(create, by=service(), json=DRAFT)).status == 403


async def test_create_finds_a_slug_for_each_of_fifty_at_once(post: Service[Store]) -> None:
    answers = await asyncio.gather(
        *(post.call(create, by=ADA, json={**DRAFT, "title": "Weekly notes"}) for _ in range(50))
    )
    assert [answer.status for answer in answers] == [201] * 50
    slugs = {answer.json()["slug"] for answer in answers}
    assert len(slugs) == 50
    assert "weekly-notes" in slugs
    assert all(slug.startswith("weekly-notes") for slug in slugs)
    assert len(set(post.published())) == len(post.published()) == 50


async def test_create_signs_with_a_profile_that_changes_meanwhile(
    post: Service[Store],
) -> None:
    """Whichever comes first, create or the new name: in the end the post carries it."""

    async def rename(revision: int) -> None:
        change = UserUpdated(id="user_ada", username="ada", name=f"Ada {revision}", avatar="")
        await post.finish(on_user_updated, happened(change, "user/user_ada", revision))

    calls = [
        work
        for revision in range(2, 12)
        for work in (post.call(create, by=ADA, json=DRAFT), rename(revision))
    ]
    await asyncio.gather(*calls)
    signed = await post.store.database.fetch(
        "SELECT author_name, author_revision, count(*) FROM posts GROUP BY 1, 2"
    )
    assert signed == [{"author_name": "Ada 11", "author_revision": 11, "count": 10}]
