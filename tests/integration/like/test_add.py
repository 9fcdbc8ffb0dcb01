"""like-add and like-remove against SurrealDB."""

import asyncio
from typing import Any

import pytest

from functions.like.operations import add, count, on_post_created, on_post_deleted, remove
from functions.like.store import Store, writes
from proto.post.v1.events_pb2 import PostPublished
from shared.errors import NotFound, Unavailable
from shared.ids import new_id
from shared.testing import CannedCalls, member, service
from tests.integration.like.conftest import POST, created, deleted
from tests.integration.service import Service, happened

ADA = member("user_ada")
SUBJECT = f"like/user_ada/{POST}"


def standing(*, liked: bool, revision: int) -> dict[str, Any]:
    return {"post_id": POST, "liked": liked, "revision": revision}


async def counted(like: Service[Store]) -> int:
    answer = await like.call(count, query={"post_ids": POST})
    found: int = answer.json()["counts"][POST]
    return found


async def test_revisions_count_on_through_removal(like: Service[Store]) -> None:
    answers = [
        await like.call(operation, by=ADA, json={"post_id": POST})
        for operation in (add, remove, add)
    ]
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, standing(liked=True, revision=1)),
        (200, standing(liked=False, revision=2)),
        (200, standing(liked=True, revision=3)),
    ]
    assert like.published() == [
        ("like.added", SUBJECT, 1),
        ("like.removed", SUBJECT, 2),
        ("like.added", SUBJECT, 3),
    ]
    assert await counted(like) == 1


@pytest.mark.parametrize("operation", [add, remove])
async def test_a_repeat_changes_nothing(like: Service[Store], operation: Any) -> None:
    before = [add] if operation is add else [add, remove]
    for first in before:
        await like.call(first, by=ADA, json={"post_id": POST})
    sent = like.published()
    again = await like.call(operation, by=ADA, json={"post_id": POST})
    assert (again.status, again.json()) == (
        200,
        standing(liked=operation is add, revision=len(before)),
    )
    assert like.published() == sent


async def test_removing_what_never_was_is_no_problem(like: Service[Store]) -> None:
    answer = await like.call(remove, by=ADA, json={"post_id": POST})
    assert (answer.status, answer.json()) == (200, standing(liked=False, revision=0))
    assert like.published() == []


async def test_add_asks_for_an_unknown_post_once(like: Service[Store]) -> None:
    for user in ("user_ada", "user_eve"):
        answer = await like.call(add, by=member(user), json={"post_id": POST})
        assert answer.status == 200
    assert like.calls.asked == [("post-get", {"id": POST})]


async def test_add_knows_posts_from_events(like: Service[Store]) -> None:
    like.calls = CannedCalls()
    await like.tell(on_post_created, created())
    assert (await like.call(add, by=ADA, json={"post_id": POST})).status == 200


async def test_add_needs_a_post(like: Service[Store]) -> None:
    gone, unknown = new_id(), new_id()
    like.calls = CannedCalls({"post-get": NotFound(f"no post has the id {unknown}")})
    await like.finish(on_post_deleted, deleted(gone))
    answers = [
        await like.call(add, by=ADA, json={"post_id": post_id}) for post_id in (gone, unknown)
    ]
    assert [(answer.status, answer.json()["detail"]) for answer in answers] == [
        (404, f"no post has the id {gone}"),
        (404, f"no post has the id {unknown}"),
    ]
    assert like.published() == []


async def test_nobody_likes_a_draft(like: Service[Store]) -> None:
    like.calls = CannedCalls({"post-get": {"id": POST, "revision": 1, "status": "draft"}})
    answer = await like.call(add, by=ADA, json={"post_id": POST})
    assert (answer.status, answer.json()["detail"]) == (404, f"no post has the id {POST}")
    like.calls = CannedCalls()
    event = happened(PostPublished(id=POST), f"post/{POST}", 2)
    assert (await like.tell(on_post_created, event)).status == 204
    assert (await like.call(add, by=ADA, json={"post_id": POST})).status == 200


async def test_add_says_when_posts_cannot_be_asked(like: Service[Store]) -> None:
    like.calls = CannedCalls({"post-get": Unavailable("post-get does not answer")})
    assert (await like.call(add, by=ADA, json={"post_id": POST})).status == 503


@pytest.mark.parametrize("operation", [add, remove])
async def test_both_are_for_members_and_ids(like: Service[Store], operation: Any) -> None:
    body = {"post_id": POST}
    assert (await like.call(operation, json=body)).status == 401
    assert (await like.call(operation, by=service(), json=body)).status == 403
    assert (await like.call(operation, by=ADA, json={"post_id": "1"})).status == 400


async def test_twenty_adds_at_once_are_one_like_and_one_event(like: Service[Store]) -> None:
    answers = await asyncio.gather(
        *(like.call(add, by=ADA, json={"post_id": POST}) for _ in range(20))
    )
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, standing(liked=True, revision=1))
    ] * 20
    assert like.published() == [("like.added", SUBJECT, 1)]
    assert await counted(like) == 1


async def test_twenty_members_at_once_are_twenty_likes(like: Service[Store]) -> None:
    answers = await asyncio.gather(
        *(like.call(add, by=member(f"user_{n}"), json={"post_id": POST}) for n in range(20))
    )
    assert {answer.status for answer in answers} == {200}
    assert len(like.published()) == 20
    assert await counted(like) == 20


async def test_no_like_survives_a_post_that_is_deleted_meanwhile(like: Service[Store]) -> None:
    await like.tell(on_post_created, created())
    await asyncio.gather(
        *(like.call(add, by=member(f"user_{n}"), json={"post_id": POST}) for n in range(10)),
        like.finish(on_post_deleted, deleted()),
        *(like.call(add, by=member(f"user_{n}"), json={"post_id": POST}) for n in range(10)),
    )
    kinds = [kind for kind, _, _ in like.published()]
    assert kinds.count("like.added") == kinds.count("like.removed")
    assert await counted(like) == 0


async def test_a_post_deleted_between_read_and_commit_takes_no_like(
    like: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    await like.tell(on_post_created, created())
    read = writes._read

    async def read_just_before_the_deletion(*place: Any) -> Any:
        seen = await read(*place)
        monkeypatch.setattr(writes, "_read", read)
        await like.finish(on_post_deleted, deleted())
        return seen

    monkeypatch.setattr(writes, "_read", read_just_before_the_deletion)
    assert (await like.call(add, by=ADA, json={"post_id": POST})).status == 404
    assert like.published() == []
