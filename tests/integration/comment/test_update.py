"""comment-update and comment-get against MySQL."""

import asyncio
from typing import Any

import pytest

from functions.comment.operations import delete, get, on_user_updated, update
from functions.comment.store import Store
from shared.ids import new_id
from shared.testing import admin, member, service
from tests.integration.comment.conftest import listed, renamed, write
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")


async def test_an_edit_keeps_its_time_and_nothing_else_changes(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answer = await comment.call(
        update, by=ADA, json={"id": made["id"], "text": " Better told. 🧵\n"}
    )
    edited = {
        **made,
        "text": "Better told. 🧵",
        "revision": 2,
        "edited_at": "2026-03-04T05:06:07Z",
    }
    assert (answer.status, answer.json()) == (200, edited)
    assert (await comment.call(get, query={"id": made["id"]})).json() == edited
    assert await listed(comment) == [edited]
    assert comment.published() == [
        ("comment.created", f"comment/{made['id']}", 1),
        ("comment.updated", f"comment/{made['id']}", 2),
    ]
    assert comment.broker.published[-1].data == {
        "id": made["id"],
        "post_id": made["post_id"],
        "parent_id": "",
        "text": "Better told. 🧵",
        "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
        "edited_at": "2026-03-04T05:06:07Z",
    }


async def test_an_edit_that_says_the_same_is_none(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answer = await comment.call(update, by=ADA, json={"id": made["id"], "text": "Well told. "})
    assert (answer.status, answer.json()) == (200, made)
    assert len(comment.published()) == 1


async def test_an_edit_is_held_to_the_revision_that_was_seen(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answers = [
        await comment.call(
            update,
            by=ADA,
            json={"id": made["id"], "text": text},
            headers={"if-match": seen},
        )
        for text, seen in (("One", '"1"'), ("Two", '"1"'), ("Three", "*"), ("Four", "2"))
    ]
    assert [answer.status for answer in answers] == [200, 412, 200, 400]
    assert answers[1].json()["detail"] == (f"comment {made['id']} is at revision 2, you saw 1")
    assert [item["text"] for item in await listed(comment)] == ["Three"]


async def test_of_edits_at_once_that_saw_the_same_one_passes(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answers = await asyncio.gather(
        *(
            comment.call(
                update,
                by=ADA,
                json={"id": made["id"], "text": f"Told {n}"},
                headers={"if-match": '"1"'},
            )
            for n in range(12)
        )
    )
    assert sorted(answer.status for answer in answers) == [200, *[412] * 11]
    [won] = [answer.json()["text"] for answer in answers if answer.status == 200]
    assert [item["text"] for item in await listed(comment)] == [won]


async def test_edits_at_once_make_one_history(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    answers = await asyncio.gather(
        *(
            comment.call(update, by=ADA, json={"id": made["id"], "text": f"Told {n}"})
            for n in range(20)
        )
    )
    assert {answer.status for answer in answers} == {200}
    last = max((answer.json() for answer in answers), key=lambda found: found["revision"])
    assert await listed(comment) == [last]
    assert sorted(revision for _, _, revision in comment.published() if revision) == list(
        range(1, 22)
    )


@pytest.mark.parametrize("caller", [EVE, admin()])
async def test_nobody_puts_words_into_anothers_mouth(
    comment: Service[Store], caller: Any
) -> None:
    made = await write(comment, "user_ada")
    answer = await comment.call(update, by=caller, json={"id": made["id"], "text": "I lied."})
    assert (answer.status, answer.json()["detail"]) == (
        403,
        "only its author may edit a comment",
    )
    assert await listed(comment) == [made]


async def test_what_is_not_there_is_not_edited(comment: Service[Store]) -> None:
    made, unknown = await write(comment, "user_ada"), new_id()
    await comment.call(delete, by=ADA, json={"id": made["id"]})
    for comment_id in (made["id"], unknown):
        body = {"id": comment_id, "text": "Once more!"}
        answers = [
            await comment.call(update, by=ADA, json=body),
            await comment.call(get, query={"id": comment_id}),
        ]
        assert [(answer.status, answer.json()["detail"]) for answer in answers] == [
            (404, f"no comment has the id {comment_id}")
        ] * 2


@pytest.mark.parametrize(
    "wrong",
    [{"text": " \n "}, {"text": "a" * 5_001}, {"text": None}, {"id": "1"}, {"post_id": ""}],
)
async def test_update_refuses_what_breaks_a_rule(
    comment: Service[Store], wrong: dict[str, Any]
) -> None:
    made = await write(comment, "user_ada")
    body = {"id": made["id"], "text": "Once more!", **wrong}
    assert (await comment.call(update, by=ADA, json=body)).status == 400
    assert await listed(comment) == [made]


async def test_update_is_for_members_and_get_for_everyone(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    body = {"id": made["id"], "text": "Once more!"}
    assert (await comment.call(update, json=body)).status == 401
    assert (await comment.call(update, by=service(), json=body)).status == 403
    assert (await comment.call(get, query={"id": made["id"]})).status == 200
    assert (await comment.call(get, query={"id": "1"})).status == 400


async def test_a_comment_that_did_not_change_is_not_sent_again(comment: Service[Store]) -> None:
    made = await write(comment, "user_ada")
    query = {"id": made["id"]}
    tag = (await comment.call(get, query=query)).headers["etag"]
    assert tag.startswith('W/"1.')
    known = {"if-none-match": tag}
    assert (await comment.call(get, query=query, headers=known)).status == 304
    # A new name changes no revision, but what readers see.
    await comment.finish(on_user_updated, renamed("user_ada", "Ada L."))
    answer = await comment.call(get, query=query, headers=known)
    assert (answer.status, answer.json()["author"]["name"]) == (200, "Ada L.")
