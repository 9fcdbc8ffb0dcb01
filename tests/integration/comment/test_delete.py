"""comment-delete and comment-delete-many against MySQL."""

import asyncio
from typing import Any

import pytest

from functions.comment.model import CASCADE, THREAD
from functions.comment.operations import (
    count,
    create,
    delete,
    delete_many,
    on_post_created,
    update,
)
from functions.comment.store import Store
from shared.ids import new_id
from shared.testing import admin, member, service
from tests.integration.comment.conftest import POST, created, listed, seed, write
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def test_a_comment_goes_with_its_replies_and_no_other(comment: Service[Store]) -> None:
    root, other = await write(comment, "user_ada"), await write(comment, "user_ada")
    replies = [
        await write(comment, user, parent_id=root["id"]) for user in ("user_ada", "user_eve")
    ]
    kept = await write(comment, "user_eve", parent_id=other["id"])
    comment.broker.published.clear()

    answer = await comment.call(delete, by=ADA, json={"id": root["id"]})

    assert (answer.status, answer.body) == (204, b"")
    gone = {root["id"], *(reply["id"] for reply in replies)}
    assert sorted(comment.published()) == sorted(
        ("comment.deleted", f"comment/{one}", 2) for one in gone
    )
    assert {event.data["author_id"] for event in comment.broker.published} == {
        "user_ada",
        "user_eve",
    }
    assert {item["id"] for item in await listed(comment)} == {other["id"], kept["id"]}
    counted = await comment.call(count, query={"post_ids": POST})
    assert counted.json() == {"counts": {POST: 2}}
    rows = await comment.store.database.fetch(
        "SELECT text, author_name, author_avatar, revision FROM comments WHERE deleted"
    )
    empty = {"text": "", "author_name": "", "author_avatar": "", "revision": 2}
    assert rows == [empty] * 3


async def test_a_reply_goes_alone(comment: Service[Store]) -> None:
    root = await write(comment, "user_ada")
    reply = await write(comment, "user_eve", parent_id=root["id"])
    assert (await comment.call(delete, by=EVE, json={"id": reply["id"]})).status == 204
    assert await listed(comment) == [root]


async def test_only_author_and_administrators_delete(comment: Service[Store]) -> None:
    mine, other = await write(comment, "user_ada"), await write(comment, "user_ada")
    refused = await comment.call(delete, by=EVE, json={"id": mine["id"]})
    assert (refused.status, refused.json()["detail"]) == (
        403,
        "only its author or an administrator may delete a comment",
    )
    assert (await comment.call(delete, by=ADA, json={"id": mine["id"]})).status == 204
    assert (await comment.call(delete, by=admin(), json={"id": other["id"]})).status == 204
    assert await listed(comment) == []


async def test_what_is_gone_or_never_was_is_not_found(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answers = [
        await comment.call(delete, by=ADA, json={"id": comment_id})
        for comment_id in (made["id"], made["id"], new_id())
    ]
    assert [answer.status for answer in answers] == [204, 404, 404]
    assert len(comment.published()) == 2


async def test_a_deletion_is_held_to_the_revision_that_was_seen(
    comment: Service[Store],
) -> None:
    made = await write(comment, "user_ada")
    await comment.call(update, by=ADA, json={"id": made["id"], "text": "Better told."})
    body = {"id": made["id"]}
    stale = await comment.call(delete, by=ADA, json=body, headers={"if-match": '"1"'})
    assert (stale.status, stale.json()["detail"]) == (
        412,
        f"comment {made['id']} is at revision 2, you saw 1",
    )
    seen = await comment.call(delete, by=ADA, json=body, headers={"if-match": '"2"'})
    assert seen.status == 204


async def test_a_full_thread_takes_no_reply_and_goes_at_once(comment: Service[Store]) -> None:
    root = await write(comment, "user_ada")
    await seed(comment, THREAD - 1, parent_id=root["id"])
    body = {"post_id": POST, "text": "So it is.", "parent_id": root["id"]}
    answers = await asyncio.gather(*(comment.call(create, by=EVE, json=body) for _ in range(6)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 5]
    details = {answer.json()["detail"] for answer in answers if answer.status == 409}
    assert details == {"a comment takes at most 200 replies, start another thread"}
    comment.broker.published.clear()

    assert (await comment.call(delete, by=ADA, json={"id": root["id"]})).status == 204
    assert await listed(comment) == []
    assert len(set(comment.published())) == len(comment.published()) == THREAD + 1


async def test_a_reply_and_its_parents_deletion_at_once_agree(comment: Service[Store]) -> None:
    await comment.tell(on_post_created, created())
    for _ in range(5):
        root = await write(comment, "user_ada")
        body = {"post_id": POST, "text": "So it is.", "parent_id": root["id"]}
        answers = await asyncio.gather(
            *(comment.call(create, by=EVE, json=body) for _ in range(4)),
            comment.call(delete, by=ADA, json={"id": root["id"]}),
            *(comment.call(create, by=EVE, json=body) for _ in range(4)),
        )
        assert {answer.status for answer in answers} <= {201, 204, 404}
    assert await listed(comment) == []
    kinds = [kind for kind, _, _ in comment.published()]
    assert kinds.count("comment.created") == kinds.count("comment.deleted")


async def test_deletions_at_once_are_one(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    one, many = {"id": made["id"]}, {"ids": [made["id"]]}
    answers = await asyncio.gather(
        *(comment.call(delete, by=ADA, json=one) for _ in range(6)),
        *(comment.call(delete_many, by=ADA, json=many) for _ in range(6)),
    )
    assert {answer.status for answer in answers} <= {200, 204, 404}
    assert comment.published()[1:] == [("comment.deleted", f"comment/{made['id']}", 2)]


async def test_delete_many_names_what_was_not_there(comment: Service[Store]) -> None:
    root = await write(comment, "user_ada")
    reply = await write(comment, "user_eve", parent_id=root["id"])
    other, kept = await write(comment, "user_ada"), await write(comment, "user_ada")
    unknown = new_id()
    comment.broker.published.clear()

    ids = [other["id"], unknown, root["id"], other["id"]]
    answer = await comment.call(delete_many, by=ADA, json={"ids": ids})

    assert (answer.status, answer.json()) == (
        200,
        {"deleted": [other["id"], root["id"]], "unknown": [unknown]},
    )
    assert sorted(subject for _, subject, _ in comment.published()) == sorted(
        f"comment/{made['id']}" for made in (root, reply, other)
    )
    assert await listed(comment) == [kept]


async def test_a_reply_named_beside_its_parent_goes_once(comment: Service[Store]) -> None:
    root = await write(comment, "user_ada")
    reply = await write(comment, "user_ada", parent_id=root["id"])
    ids = [reply["id"], root["id"]]
    answer = await comment.call(delete_many, by=ADA, json={"ids": ids})
    assert answer.json() == {"deleted": ids, "unknown": []}
    assert len(comment.published()) == 4


async def test_one_foreign_comment_keeps_all_of_them(comment: Service[Store]) -> None:
    mine, foreign = await write(comment, "user_ada"), await write(comment, "user_eve")
    body = {"ids": [mine["id"], foreign["id"]]}
    assert (await comment.call(delete_many, by=ADA, json=body)).status == 403
    assert await listed(comment) == sorted((mine, foreign), key=lambda made: made["id"])
    assert (await comment.call(delete_many, by=admin(), json=body)).status == 200
    assert await listed(comment) == []


async def test_one_call_deletes_so_many_and_says_so(comment: Service[Store]) -> None:
    roots = [await write(comment, "user_ada") for _ in range(6)]
    for root in roots:
        await seed(comment, THREAD, parent_id=root["id"])
    ids = [root["id"] for root in roots]
    refused = await comment.call(delete_many, by=ADA, json={"ids": ids})
    assert (refused.status, refused.json()["detail"]) == (
        409,
        f"one call deletes at most {CASCADE} comments and replies, these are 1206: name fewer",
    )
    assert (await comment.call(delete_many, by=ADA, json={"ids": ids[:4]})).status == 200
    assert (await comment.call(delete_many, by=ADA, json={"ids": ids[4:]})).status == 200
    assert await listed(comment) == []


@pytest.mark.parametrize(
    "body", [{}, {"ids": []}, {"ids": ["1"]}, {"ids": [new_id() for _ in range(101)]}]
)
async def test_delete_many_refuses_what_is_no_list(comment: Service[Store], body: Any) -> None:
    assert (await comment.call(delete_many, by=ADA, json=body)).status == 400


async def test_both_are_for_members(comment: Service[Store]) -> None:
    for operation, body in ((delete, {"id": new_id()}), (delete_many, {"ids": [new_id()]})):
        assert (await comment.call(operation, json=body)).status == 401
        assert (await comment.call(operation, by=service(), json=body)).status == 403
    assert (await comment.call(delete, by=ADA, json={"id": "1"})).status == 400
