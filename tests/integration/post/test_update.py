"""post-update and post-patch against PostgreSQL."""

import asyncio
from types import ModuleType
from typing import Any

import pytest

from functions.post.operations import create, delete, get, patch, update
from functions.post.store import Store
from shared.ids import new_id
from shared.testing import NOW, Answer, admin, member, service
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")
DRAFT = {
    "title": "Looms",
    "content": "It weaves.",
    "summary": "On looms",
    "cover": "/a.png",
    "category": "Essays",
    "tags": ["looms"],
}
WHOLE = {"title": "Engines", "content": "They count.", "status": "published"}


async def write(post: Service[Store], **more: Any) -> dict[str, Any]:
    answer = await post.call(create, by=ADA, json={**DRAFT, **more})
    post.broker.published.clear()
    made: dict[str, Any] = answer.json()
    return made


def told(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["detail"]


async def test_update_replaces_all_that_its_author_decides(post: Service[Store]) -> None:
    made = await write(post)
    answer = await post.call(update, by=ADA, json={"id": made["id"], **WHOLE})
    assert (answer.status, answer.json()) == (
        200,
        {
            **made,
            **WHOLE,
            "summary": "",
            "cover": "",
            "category": "",
            "tags": [],
            "revision": 2,
        },
    )
    assert answer.json()["slug"] == "looms"
    assert post.published() == [("post.updated", f"post/{made['id']}", 2)]
    assert (await post.call(get, query={"id": made["id"]})).json() == answer.json()


async def test_patch_leaves_what_it_does_not_name(post: Service[Store]) -> None:
    made = await write(post)
    answer = await post.call(patch, by=ADA, json={"id": made["id"], "title": "Engines"})
    assert (answer.status, answer.json()) == (200, {**made, "title": "Engines", "revision": 2})
    assert post.published() == [("post.updated", f"post/{made['id']}", 2)]
    assert (await post.call(get, query={"id": made["id"]})).json() == answer.json()


async def test_a_change_that_changes_nothing_is_no_revision(post: Service[Store]) -> None:
    made = await write(post)
    for same in ({}, {"title": " Looms "}, {"tags": ["LOOMS"]}):
        answer = await post.call(patch, by=ADA, json={"id": made["id"], **same})
        assert (answer.status, answer.json()) == (200, made)
    assert post.published() == []


async def test_publishing_a_draft_tells_of_it_once(post: Service[Store]) -> None:
    made = await write(post, status="draft")
    change = {"id": made["id"], "title": "Engines"}
    edited = (await post.call(patch, by=ADA, json=change)).json()
    assert (edited["revision"], edited["published_at"], post.published()) == (2, None, [])
    change = {"id": made["id"], "status": "published"}
    out = (await post.call(patch, by=ADA, json=change)).json()
    assert out == {
        **edited,
        "status": "published",
        "published_at": NOW.isoformat().replace("+00:00", "Z"),
        "revision": 3,
    }
    again = await post.call(patch, by=ADA, json=change)
    assert again.json() == out
    assert post.published() == [("post.published", f"post/{made['id']}", 3)]


@pytest.mark.parametrize("operation", [update, patch])
async def test_a_published_post_never_becomes_a_draft(
    post: Service[Store], operation: ModuleType
) -> None:
    made = await write(post)
    change = {**WHOLE, "id": made["id"], "status": "draft"}
    assert told(await post.call(operation, by=ADA, json=change)) == (
        409,
        "a published post never becomes a draft again, delete it instead",
    )
    assert (await post.call(get, query={"id": made["id"]})).json() == made


@pytest.mark.parametrize("operation", [update, patch])
async def test_a_change_holds_to_the_revision_that_was_seen(
    post: Service[Store], operation: ModuleType
) -> None:
    made = await write(post)
    change = {"id": made["id"], **WHOLE}
    stale = await post.call(operation, by=ADA, json=change, headers={"if-match": '"2"'})
    assert told(stale) == (412, f"post {made['id']} is at revision 1, you saw 2")
    for weak in ('W/"1"', "1", '"one"'):
        answer = await post.call(operation, by=ADA, json=change, headers={"if-match": weak})
        assert answer.status == 400
    fresh = await post.call(operation, by=ADA, json=change, headers={"if-match": '"1"'})
    assert (fresh.status, fresh.json()["revision"]) == (200, 2)
    change["title"] = "Wheels"
    anyway = await post.call(operation, by=ADA, json=change, headers={"if-match": "*"})
    assert (anyway.status, anyway.json()["revision"]) == (200, 3)


@pytest.mark.parametrize("operation", [update, patch])
async def test_of_twenty_changes_of_one_revision_one_wins(
    post: Service[Store], operation: ModuleType
) -> None:
    made = await write(post)
    answers = await asyncio.gather(
        *(
            post.call(
                operation,
                by=ADA,
                json={**WHOLE, "id": made["id"], "title": f"Engine {n}"},
                headers={"if-match": '"1"'},
            )
            for n in range(20)
        )
    )
    assert sorted(answer.status for answer in answers) == [200] + [412] * 19
    winner = next(answer.json() for answer in answers if answer.status == 200)
    assert (await post.call(get, query={"id": made["id"]})).json() == winner
    assert post.published() == [("post.updated", f"post/{made['id']}", 2)]


async def test_changes_without_a_revision_follow_each_other(post: Service[Store]) -> None:
    made = await write(post)
    fields = [("title", "Engines"), ("summary", "On engines"), ("content", "They count.")]
    await asyncio.gather(
        *(
            post.call(patch, by=ADA, json={"id": made["id"], name: text})
            for name, text in fields
        )
    )
    assert (await post.call(get, query={"id": made["id"]})).json() == {
        **made,
        **dict(fields),
        "revision": 4,
    }
    subject = f"post/{made['id']}"
    assert post.published() == [("post.updated", subject, n) for n in (2, 3, 4)]


@pytest.mark.parametrize("operation", [update, patch])
async def test_a_change_is_for_the_author_and_administrators(
    post: Service[Store], operation: ModuleType
) -> None:
    made = await write(post)
    change = {"id": made["id"], **WHOLE}
    assert (await post.call(operation, json=change)).status == 401
    assert (await post.call(operation, by=service(), json=change)).status == 403
    assert told(await post.call(operation, by=EVE, json=change)) == (
        403,
        "only its author or an administrator may change or delete a post",
    )
    assert (await post.call(get, query={"id": made["id"]})).json() == made
    by_admin = await post.call(operation, by=admin(), json=change)
    assert (by_admin.status, by_admin.json()["author"]) == (200, made["author"])


@pytest.mark.parametrize("operation", [update, patch])
async def test_a_change_says_that_nothing_is_there(
    post: Service[Store], operation: ModuleType
) -> None:
    made = await write(post)
    await post.call(delete, by=ADA, json={"id": made["id"]})
    for gone in (made["id"], new_id()):
        answer = await post.call(operation, by=ADA, json={"id": gone, **WHOLE})
        assert told(answer) == (404, f"no post has the id {gone}")


async def test_featured_is_for_administrators(post: Service[Store]) -> None:
    made = await write(post)
    change = {"id": made["id"], "featured": True}
    assert told(await post.call(patch, by=ADA, json=change)) == (
        403,
        "only an administrator may say what is featured",
    )
    answer = await post.call(patch, by=admin(), json=change)
    assert (answer.status, answer.json()) == (200, {**made, "featured": True, "revision": 2})
    assert post.broker.published[-1].data["featured"] is True


@pytest.mark.parametrize("operation", [update, patch])
@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  "},
        {"title": "a" * 201},
        {"content": "\n"},
        {"content": "a" * 50_001},
        {"summary": "a" * 501},
        {"cover": "//evil.test"},
        {"category": "a" * 61},
        {"tags": ["a"] * 11},
        {"tags": [""]},
        {"status": "gone"},
        {"slug": "mine"},
        {"title": None},
    ],
)
async def test_a_change_breaks_no_rule(
    post: Service[Store], operation: ModuleType, wrong: dict[str, Any]
) -> None:
    made = await write(post)
    change = {"id": made["id"], **WHOLE, **wrong}
    assert (await post.call(operation, by=ADA, json=change)).status == 400
    assert (await post.call(get, query={"id": made["id"]})).json() == made


@pytest.mark.parametrize("missing", ["id", "title", "content", "status"])
async def test_update_asks_for_the_whole_post(post: Service[Store], missing: str) -> None:
    change = {"id": new_id(), **WHOLE}
    del change[missing]
    assert told(await post.call(update, by=ADA, json=change)) == (400, f"{missing} is required")
