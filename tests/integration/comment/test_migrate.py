"""comment-migrate and comment-relay against MySQL."""

import asyncio
import shutil
from pathlib import Path

import pytest

from functions.comment.operations import count, create, migrate, on_user_updated, relay
from functions.comment.store import SCHEMA, Store
from shared.testing import admin, member, service
from tests.integration.comment.conftest import POST, change, listed, renamed
from tests.integration.service import Service


async def test_migrate_is_safe_to_run_twice_and_at_once(comment: Service[Store]) -> None:
    answers = await asyncio.gather(*(comment.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


FIRST = """
    INSERT INTO comments (id, post_id, text, author_id, author_name, author_avatar,
                          author_revision, revision, deleted, created_at)
    VALUES ('a', %(post)s, 'Well told.', 'user_ada', 'Ada', '', 1, 1, FALSE, '2026-01-01'),
           ('b', %(post)s, '', 'user_ada', 'Ada', '', 1, 2, TRUE, '2026-01-02')
"""


async def test_comments_of_the_first_schema_are_listed_and_signed(
    comment: Service[Store], tmp_path: Path
) -> None:
    shutil.copy(SCHEMA / "0001_initial.sql", tmp_path)
    database = comment.store.database
    for table in ("comments", "posts", "authors", "migrations", "outbox", "inbox", "leases"):
        await database.execute(f"DROP TABLE {table}")
    await database.migrate(tmp_path)
    await change(comment, FIRST, {"post": POST})

    answer = await comment.call(migrate, by=service())

    assert answer.json()["applied"][0] == "0002_threads.sql"
    await comment.finish(on_user_updated, renamed("user_ada", "Ada L."))
    assert [(one["id"], one["author"]["name"]) for one in await listed(comment)] == [
        ("a", "Ada L.")
    ]
    counted = await comment.call(count, query={"post_ids": POST})
    assert counted.json() == {"counts": {POST: 1}}
    tombstone = await database.fetchrow("SELECT * FROM comments WHERE deleted")
    assert tombstone is not None
    assert (tombstone["listed"], tombstone["author_name"]) == (0, "")


async def test_relay_sends_what_was_left(
    comment: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    comment.broker.down = True
    text = {"post_id": POST, "text": "Well told."}
    made = (await comment.call(create, by=member("user_ada"), json=text)).json()
    assert comment.published() == []
    comment.broker.down = False
    assert (await comment.call(relay, by=service())).json() == {"published": 1}
    assert comment.published() == [("comment.created", f"comment/{made['id']}", 1)]
    assert (await comment.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(comment: Service[Store]) -> None:
    for operation in (migrate, relay):
        assert (await comment.call(operation, by=admin())).status == 403
