"""comment-create against MySQL."""

import asyncio
from typing import Any

import pytest

from functions.comment.operations import by_post, create, on_post_created, on_post_deleted
from functions.comment.store import Store, writes
from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from shared.testing import CannedCalls, member, service
from tests.integration.comment.conftest import ADA as PROFILE
from tests.integration.comment.conftest import POST, created, deleted
from tests.integration.service import Service

ADA = member("user_ada")
TEXT = {"post_id": POST, "text": "Well told. 🧵\nOnce more!"}


async def test_create_stores_the_comment(comment: Service[Store]) -> None:
    answer = await comment.call(create, by=ADA, json=TEXT)
    assert answer.status == 201
    made = answer.json()
    assert made == {
        "id": made["id"],
        "post_id": POST,
        "parent_id": None,
        "text": "Well told. 🧵\nOnce more!",
        "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
        "revision": 1,
        "deleted": False,
        "created_at": "2026-03-04T05:06:07Z",
        "edited_at": None,
    }
    assert comment.published() == [("comment.created", f"comment/{made['id']}", 1)]
    assert (await comment.call(by_post, query={"post_id": POST})).json()["items"] == [made]


async def test_create_asks_for_an_unknown_post_once(comment: Service[Store]) -> None:
    for _ in range(2):
        assert (await comment.call(create, by=ADA, json=TEXT)).status == 201
    assert [call for call in comment.calls.asked if call[0] == "post-get"] == [
        ("post-get", {"id": POST})
    ]


async def test_create_knows_posts_from_events(comment: Service[Store]) -> None:
    comment.calls = CannedCalls({"user-get": PROFILE})
    await comment.tell(on_post_created, created())
    assert (await comment.call(create, by=ADA, json=TEXT)).status == 201


async def test_create_needs_a_post(comment: Service[Store]) -> None:
    gone, unknown = new_id(), new_id()
    nothing = NotFound(f"no post has the id {unknown}")
    comment.calls = CannedCalls({"user-get": PROFILE, "post-get": nothing})
    await comment.finish(on_post_deleted, deleted(gone))
    answers = [
        await comment.call(create, by=ADA, json={**TEXT, "post_id": post_id})
        for post_id in (gone, unknown)
    ]
    assert [(answer.status, answer.json()["detail"]) for answer in answers] == [
        (404, f"no post has the id {gone}"),
        (404, f"no post has the id {unknown}"),
    ]
    assert comment.published() == []


async def test_create_waits_for_the_members_profile(comment: Service[Store]) -> None:
    await comment.tell(on_post_created, created())
    comment.calls = CannedCalls({"user-get": NotFound("no user has this id")})
    assert (await comment.call(create, by=ADA, json=TEXT)).status == 409
    comment.calls = CannedCalls({"user-get": Unavailable("user-get does not answer")})
    assert (await comment.call(create, by=ADA, json=TEXT)).status == 503


async def test_threads_are_one_level_deep_and_keep_to_their_post(
    comment: Service[Store],
) -> None:
    parent = (await comment.call(create, by=ADA, json=TEXT)).json()["id"]
    answer = await comment.call(create, by=ADA, json={**TEXT, "parent_id": parent})
    reply = answer.json()
    assert (answer.status, reply["parent_id"]) == (201, parent)

    other, unknown = new_id(), new_id()
    await comment.tell(on_post_created, created(other))
    refused = [
        await comment.call(create, by=ADA, json=TEXT | wrong)
        for wrong in (
            {"parent_id": reply["id"]},
            {"parent_id": parent, "post_id": other},
            {"parent_id": unknown},
        )
    ]
    assert [(answer.status, answer.json()["detail"]) for answer in refused] == [
        (400, f"parent_id must not be a reply itself, got {reply['id']}"),
        (400, f"parent_id must be a comment of the same post, got {parent}"),
        (404, f"no comment has the id {unknown}"),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " \n "},
        {"text": "a" * 5_001},
        {"text": None},
        {"post_id": "1"},
        {"parent_id": "1"},
        {"author": "user_eve"},
    ],
)
async def test_create_refuses_what_breaks_a_rule(
    comment: Service[Store], wrong: dict[str, Any]
) -> None:
    answer = await comment.call(create, by=ADA, json={**TEXT, **wrong})
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert await comment.store.database.fetch("SELECT id FROM comments") == []


async def test_create_takes_a_long_text_of_wide_characters(comment: Service[Store]) -> None:
    text = "🧵" * 5_000
    answer = await comment.call(create, by=ADA, json={**TEXT, "text": text})
    assert (answer.status, answer.json()["text"]) == (201, text)


async def test_create_is_for_members(comment: Service[Store]) -> None:
    assert (await comment.call(create, json=TEXT)).status == 401
    assert (await comment.call(create, by=service(), json=TEXT)).status == 403


async def test_create_takes_fifty_at_once_on_a_post_nobody_told_of(
    comment: Service[Store],
) -> None:
    answers = await asyncio.gather(
        *(comment.call(create, by=ADA, json=TEXT) for _ in range(50))
    )
    assert [answer.status for answer in answers] == [201] * 50
    assert len(set(comment.published())) == len(comment.published()) == 50


async def test_no_comment_survives_a_post_that_is_deleted_meanwhile(
    comment: Service[Store],
) -> None:
    await comment.tell(on_post_created, created())
    answers = await asyncio.gather(
        *(comment.call(create, by=ADA, json=TEXT) for _ in range(10)),
        comment.tell(on_post_deleted, deleted()),
        *(comment.call(create, by=ADA, json=TEXT) for _ in range(10)),
    )
    assert {answer.status for answer in answers} <= {200, 201, 404}
    assert (await comment.call(by_post, query={"post_id": POST})).json()["items"] == []
    kinds = [kind for kind, _, _ in comment.published()]
    assert kinds.count("comment.created") == kinds.count("comment.deleted")


async def test_a_deletion_waits_for_the_comment_under_way(
    comment: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = (await comment.call(create, by=ADA, json=TEXT)).json()["id"]
    find = writes._hold
    deletion: list[asyncio.Task[Any]] = []

    async def find_while_the_post_is_deleted(*place: Any) -> Any:
        task = asyncio.create_task(comment.finish(on_post_deleted, deleted()))
        deletion.append(task)
        # It would be done long before, if it did not wait for this very transaction.
        await asyncio.wait(deletion, timeout=0.2)
        return await find(*place)

    monkeypatch.setattr(writes, "_hold", find_while_the_post_is_deleted)
    answer = await comment.call(create, by=ADA, json={**TEXT, "parent_id": parent})
    assert answer.status == 201
    await deletion[0]
    assert (await comment.call(by_post, query={"post_id": POST})).json()["items"] == []
