"""What members do at once, through several replicas, agrees with what is told of it."""

import asyncio
from random import Random
from typing import Any

import pytest

from functions.comment.operations import (
    create,
    delete,
    delete_many,
    on_post_created,
    on_user_deleted,
    on_user_updated,
    update,
)
from functions.comment.store import Store
from shared.ids import new_id
from shared.testing import member
from tests.integration.comment.conftest import POST, created, left, renamed, write
from tests.integration.service import Service

USERS = ("user_ada", "user_eve", "user_bob")


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_at_once_is_what_was_told(
    replicas: list[Service[Store]], seed: int
) -> None:
    comment, chance = replicas[0], Random(seed)
    await comment.tell(on_post_created, created())
    for user in USERS:
        await comment.tell(on_user_updated, renamed(user, user))
    roots = [await write(comment, user) for user in USERS * 3]

    def something() -> Any:
        root, by = chance.choice(roots), member(chance.choice(USERS))
        author = member(root["author"]["id"])
        operation, caller, json = chance.choice(
            [
                (create, by, {"post_id": POST, "text": "Yes.", "parent_id": root["id"]}),
                (create, by, {"post_id": POST, "text": "Yes.", "parent_id": root["id"]}),
                (create, by, {"post_id": POST, "text": "Again."}),
                (update, author, {"id": root["id"], "text": f"So {chance.random()}"}),
                (delete, author, {"id": root["id"]}),
                (delete_many, author, {"ids": [root["id"], new_id()]}),
            ]
        )
        return chance.choice(replicas).call(operation, by=caller, json=json)

    departure = replicas[1].finish(on_user_deleted, left("user_bob"))
    news = replicas[2].finish(on_user_updated, renamed("user_ada", "Ada L.", 3))
    before, after = [something() for _ in range(60)], [something() for _ in range(60)]
    answers = await asyncio.gather(*before, news, departure, *after)

    statuses = {answer.status for answer in answers if not isinstance(answer, list)}
    assert statuses <= {200, 201, 204, 404, 409}
    await expect_agreement(comment)


async def expect_agreement(comment: Service[Store]) -> None:
    rows = {
        row["id"]: row for row in await comment.store.database.fetch("SELECT * FROM comments")
    }
    told: dict[str, list[str]] = {one: [] for one in rows}
    for kind, subject, revision in sorted(comment.published(), key=lambda event: event[2] or 0):
        history = told[subject.removeprefix("comment/")]
        history.append(kind)
        assert revision == len(history)
    for one, history in told.items():
        row = rows[one]
        assert (history[0], set(history[1:-1]) - {"comment.updated"}) == (
            "comment.created",
            set(),
        )
        assert (row["revision"], bool(row["deleted"])) == (
            len(history),
            history[-1] == "comment.deleted",
        )
        if row["deleted"]:
            continue
        assert row["author_id"] != "user_bob"
        assert row["author_name"] == {"user_ada": "Ada L."}.get(row["author_id"], "user_eve")
        parent = rows.get(row["parent_id"] or "")
        assert parent is None or not parent["deleted"] or parent["author_id"] == "user_bob"
