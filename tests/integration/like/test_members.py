"""like-on-user-deleted against SurrealDB."""

from dataclasses import replace

from functions.like.operations import add, count, on_user_deleted
from functions.like.store import Store
from shared.testing import member
from tests.integration.like.conftest import POST, left, rows
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")
SEED = """
    FOR $n IN 1..=450 {
        LET $post = 'post_' + <string> $n;
        CREATE type::record('likes', ['user_ada', $post])
        SET user = 'user_ada', post = $post, liked = true, revision = 1,
            changed_at = time::now();
    }
"""


async def test_likes_go_with_their_member_and_nobody_elses(like: Service[Store]) -> None:
    for user in (ADA, EVE):
        await like.call(add, by=user, json={"post_id": POST})
    like.broker.published.clear()

    assert await like.finish(on_user_deleted, left("user_ada")) == [False]

    assert like.published() == [("like.removed", f"like/user_ada/{POST}", 2)]
    answer = await like.call(count, by=EVE, query={"post_ids": POST})
    assert answer.json() == {"counts": {POST: 1}, "mine": [POST]}


async def test_a_member_who_left_likes_nothing_any_more(like: Service[Store]) -> None:
    await like.finish(on_user_deleted, left("user_ada"))
    answer = await like.call(add, by=ADA, json={"post_id": POST})
    assert (answer.status, answer.json()["detail"]) == (409, "a deleted member likes no posts")
    assert like.published() == []


async def test_many_likes_take_many_calls(like: Service[Store]) -> None:
    await like.store.database.query(SEED)
    event = left("user_ada")
    assert await like.finish(on_user_deleted, event) == [True, True, False]
    assert {(subject, revision) for _, subject, revision in like.published()} == {
        (f"like/user_ada/post_{n}", 2) for n in range(1, 451)
    }
    assert len(like.published()) == 450
    assert (await like.tell(on_user_deleted, event)).json() == {"duplicate": True}


async def test_a_replay_finds_nothing_left_to_remove(like: Service[Store]) -> None:
    await like.call(add, by=ADA, json={"post_id": POST})
    await like.finish(on_user_deleted, left("user_ada"))
    like.broker.published.clear()
    event = replace(left("user_ada"), replay="r1")
    assert await like.finish(on_user_deleted, event) == [False]
    assert like.published() == []
    assert len(await rows(like, "SELECT * FROM members")) == 1
