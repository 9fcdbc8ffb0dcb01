"""comment-on-user-updated and comment-on-user-deleted against MySQL."""

import asyncio
from dataclasses import replace

from functions.comment.model import Profile
from functions.comment.operations import (
    by_user,
    count,
    create,
    delete,
    get,
    on_user_deleted,
    on_user_updated,
)
from functions.comment.store import Store
from shared.ids import new_id
from shared.testing import CannedCalls, admin, member
from tests.integration.comment.conftest import (
    ADA,
    POST,
    joined,
    left,
    listed,
    renamed,
    seed,
    write,
)
from tests.integration.service import Service

NOBODY = {"id": "", "name": "", "avatar": ""}


async def names(comment: Service[Store]) -> list[str]:
    return [item["author"]["name"] for item in await listed(comment)]


async def test_comments_follow_their_authors_name(comment: Service[Store]) -> None:
    before = await write(comment, "user_ada")
    await write(comment, "user_eve")
    assert await comment.finish(on_user_updated, renamed("user_ada", "Ada L.")) == [False]
    after = (await comment.call(get, query={"id": before["id"]})).json()
    assert after == {**before, "author": {"id": "user_ada", "name": "Ada L.", "avatar": ""}}
    assert sorted(await names(comment)) == ["Ada L.", "Eve"]
    # The name of a comment that comes later is the same, and nobody was asked again.
    await write(comment, "user_ada")
    assert sorted(await names(comment)) == ["Ada L.", "Ada L.", "Eve"]
    assert [call for call in comment.calls.asked if call[0] == "user-get"] == [
        ("user-get", {"id": "user_ada"})
    ]
    # A snapshot is no edit.
    assert {kind for kind, _, _ in comment.published()} == {"comment.created"}


async def test_an_older_name_comes_too_late(comment: Service[Store]) -> None:
    await write(comment, "user_ada")
    for event in (
        renamed("user_ada", "Third", 3),
        renamed("user_ada", "Second", 2),
        replace(renamed("user_ada", "Second", 2), replay="r1"),
        joined("user_ada", "First"),
    ):
        assert await comment.finish(on_user_updated, event) == [False]
    assert await names(comment) == ["Third"]
    assert await comment.store.author("user_ada") == Profile("user_ada", "Third", "", 3)


async def test_what_was_asked_is_not_older_than_it_is(comment: Service[Store]) -> None:
    comment.calls = CannedCalls(
        {"user-get": {**ADA, "name": "Seventh", "revision": 7}, "post-get": {"id": POST}}
    )
    await write(comment, "user_ada")
    await comment.finish(on_user_updated, renamed("user_ada", "Second", 2))
    assert await names(comment) == ["Seventh"]


async def test_many_comments_are_signed_in_many_calls(comment: Service[Store]) -> None:
    await seed(comment, 450)
    event = renamed("user_ada", "Ada L.")
    assert await comment.finish(on_user_updated, event) == [True, True, False]
    assert await names(comment) == ["Ada L."] * 450
    assert (await comment.tell(on_user_updated, event)).json() == {"duplicate": True}


async def test_comments_written_meanwhile_have_the_new_name(comment: Service[Store]) -> None:
    await write(comment, "user_ada")
    body = {"post_id": POST, "text": "Once more!"}
    writing = [
        asyncio.create_task(comment.call(create, by=member("user_ada"), json=body))
        for _ in range(12)
    ]
    assert await comment.finish(on_user_updated, renamed("user_ada", "Ada L.")) == [False]
    assert {answer.status for answer in await asyncio.gather(*writing)} == {201}
    assert await names(comment) == ["Ada L."] * 13


async def test_comments_go_with_their_member(comment: Service[Store]) -> None:
    mine, other = await write(comment, "user_ada"), await write(comment, "user_eve")
    comment.broker.published.clear()

    assert await comment.finish(on_user_deleted, left("user_ada")) == [False]

    assert comment.published() == [("comment.deleted", f"comment/{mine['id']}", 2)]
    assert await listed(comment) == [other]
    assert (await comment.call(by_user, query={"user_id": "user_ada"})).json()["items"] == []
    row = await comment.store.database.fetchrow(
        "SELECT text, author_name, author_avatar FROM comments WHERE id = %s", (mine["id"],)
    )
    assert row == {"text": "", "author_name": "", "author_avatar": ""}
    assert await comment.store.author("user_ada") == Profile("user_ada", "", "", 9, True)


async def test_replies_of_others_outlive_a_member(comment: Service[Store]) -> None:
    root = await write(comment, "user_ada")
    own = await write(comment, "user_ada", parent_id=root["id"])
    reply = await write(comment, "user_eve", parent_id=root["id"])
    await comment.finish(on_user_deleted, left("user_ada"))

    shell = {
        **root,
        "text": "",
        "author": NOBODY,
        "deleted": True,
        "revision": 2,
        "edited_at": "2026-03-04T05:06:07Z",
    }
    assert sorted(await listed(comment), key=lambda one: one["id"]) == sorted(
        [shell, reply], key=lambda one: one["id"]
    )
    # It is a place and no comment: not counted, not found, not answered, not deleted.
    counted = await comment.call(count, query={"post_ids": POST})
    assert counted.json() == {"counts": {POST: 1}}
    body = {"post_id": POST, "text": "Who was it?", "parent_id": root["id"]}
    answers = [
        await comment.call(get, query={"id": root["id"]}),
        await comment.call(create, by=member("user_eve"), json=body),
        await comment.call(delete, by=admin(), json={"id": root["id"]}),
    ]
    assert [answer.status for answer in answers] == [404] * 3
    assert own["id"] not in {item["id"] for item in await listed(comment)}

    # With the last reply the thread is gone.
    await comment.call(delete, by=member("user_eve"), json={"id": reply["id"]})
    assert await listed(comment) == []


async def test_a_member_who_left_writes_nothing_any_more(comment: Service[Store]) -> None:
    await comment.finish(on_user_deleted, left("user_ada"))
    await comment.tell(on_user_updated, renamed("user_ada", "Ada L."))
    body = {"post_id": POST, "text": "Still here."}
    answer = await comment.call(create, by=member("user_ada"), json=body)
    assert (answer.status, answer.json()["detail"]) == (
        409,
        "a deleted member writes no comments",
    )
    assert await listed(comment) == []


async def test_many_comments_go_in_many_calls(comment: Service[Store]) -> None:
    ids = await seed(comment, 450)
    event = left("user_ada")
    assert await comment.finish(on_user_deleted, event) == [True, True, False]
    assert {(subject, revision) for _, subject, revision in comment.published()} == {
        (f"comment/{one}", 2) for one in ids
    }
    assert len(comment.published()) == 450
    assert (await comment.tell(on_user_deleted, event)).json() == {"duplicate": True}
    replayed = replace(event, replay="r1")
    assert await comment.finish(on_user_deleted, replayed) == [False]
    assert len(comment.published()) == 450


async def test_no_comment_survives_a_member_who_leaves_meanwhile(
    comment: Service[Store],
) -> None:
    await write(comment, "user_ada")
    body = {"post_id": POST, "text": "Once more!"}
    writing = [
        asyncio.create_task(comment.call(create, by=member("user_ada"), json=body))
        for _ in range(12)
    ]
    assert await comment.finish(on_user_deleted, left("user_ada")) == [False]
    assert {answer.status for answer in await asyncio.gather(*writing)} <= {201, 409}
    assert await listed(comment) == []
    kinds = [kind for kind, _, _ in comment.published()]
    assert kinds.count("comment.created") == kinds.count("comment.deleted")


async def test_a_stranger_leaves_no_trace_but_the_tombstone(comment: Service[Store]) -> None:
    gone = f"user_{new_id()}"
    assert await comment.finish(on_user_deleted, left(gone)) == [False]
    assert comment.published() == []
