"""like-migrate and like-relay against SurrealDB."""

import asyncio
import shutil
from pathlib import Path

import pytest

from functions.like.operations import add, by_post, by_user, count, migrate, relay
from functions.like.store import SCHEMA, Store
from shared.testing import admin, member, service
from tests.integration.like.conftest import POST
from tests.integration.service import Service


async def test_migrate_is_safe_to_run_twice_and_at_once(like: Service[Store]) -> None:
    answers = await asyncio.gather(*(like.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


FIRST = """
    FOR $user IN ['user_ada', 'user_eve'] {
        CREATE type::record('likes', [$user, $post]) SET user = $user, post = $post,
            liked = true, revision = 1, changed_at = d'2026-01-01T00:00:00Z'
    };
    CREATE type::record('likes', ['user_bob', $post]) SET user = 'user_bob', post = $post,
        liked = false, revision = 2, changed_at = d'2026-01-01T00:00:00Z'
"""


async def test_likes_of_the_first_schema_are_listed_and_counted(
    like: Service[Store], tmp_path: Path
) -> None:
    shutil.copy(SCHEMA / "0001_initial.surql", tmp_path)
    database = like.store.database
    await database.query("REMOVE TABLE tallies; REMOVE TABLE likes; REMOVE TABLE posts")
    await database.query("REMOVE TABLE members; DELETE migrations")
    await database.query("REMOVE TABLE outbox; REMOVE TABLE inbox; REMOVE TABLE leases")
    await database.migrate(tmp_path)
    await database.query(FIRST, post=POST)

    answer = await like.call(migrate, by=service())

    assert answer.json()["applied"][0] == "0002_lists.surql"
    counted = await like.call(count, by=member("user_ada"), query={"post_ids": POST})
    assert counted.json() == {"counts": {POST: 2}, "mine": [POST]}
    likers = (await like.call(by_post, query={"post_id": POST})).json()["items"]
    assert [item["user_id"] for item in likers] == ["user_ada", "user_eve"]
    liked = (await like.call(by_user, by=member("user_eve"))).json()["items"]
    assert liked == [{"post_id": POST, "liked_at": "2026-01-01T00:00:00Z"}]


async def test_relay_sends_what_was_left(
    like: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    like.broker.down = True
    await like.call(add, by=member("user_ada"), json={"post_id": POST})
    assert like.published() == []
    like.broker.down = False
    assert (await like.call(relay, by=service())).json() == {"published": 1}
    assert like.published() == [("like.added", f"like/user_ada/{POST}", 1)]
    assert (await like.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(like: Service[Store]) -> None:
    for operation in (migrate, relay):
        assert (await like.call(operation, by=admin())).status == 403
