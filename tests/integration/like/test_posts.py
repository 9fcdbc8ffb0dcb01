"""like-on-post-created and like-on-post-deleted against SurrealDB."""

from dataclasses import replace

from functions.like.model import KnownPost
from functions.like.operations import add, count, on_post_created, on_post_deleted
from functions.like.store import Store
from shared.ids import new_id
from shared.testing import member
from tests.integration.like.conftest import POST, created, deleted
from tests.integration.service import Service

ADA = member("user_ada")
SEED = """
    FOR $n IN 1..=450 {
        LET $user = 'user_' + <string> $n;
        CREATE type::record('likes', [$user, $post])
        SET user = $user, post = $post, liked = true, revision = 1, changed_at = time::now();
    }
"""


async def test_a_post_is_known_from_its_event(like: Service[Store]) -> None:
    assert (await like.tell(on_post_created, created())).status == 204
    assert await like.store.post(POST) == KnownPost(POST, 1)


async def test_a_batch_keeps_the_newest_of_each_post(like: Service[Store]) -> None:
    other = new_id()
    batch = [created(), replace(created(), id=new_id(), revision=3), created(other)]
    assert (await like.tell(on_post_created, batch)).status == 204
    assert (await like.tell(on_post_created, batch[::-1])).status == 204
    assert await like.store.post(POST) == KnownPost(POST, 3)
    assert await like.store.post(other) == KnownPost(other, 1)


async def test_a_tombstone_outlives_late_and_replayed_events(like: Service[Store]) -> None:
    assert await like.finish(on_post_deleted, deleted()) == [False]
    assert (await like.tell(on_post_created, created())).status == 204
    assert (await like.tell(on_post_created, replace(created(), replay="r1"))).status == 204
    assert await like.store.post(POST) == KnownPost(POST, 2, deleted=True)


async def test_likes_go_with_their_post_and_no_other(like: Service[Store]) -> None:
    kept = new_id()
    await like.tell(on_post_created, created(kept))
    for post_id in (POST, kept):
        await like.call(add, by=ADA, json={"post_id": post_id})
    like.broker.published.clear()

    assert await like.finish(on_post_deleted, deleted()) == [False]

    assert like.published() == [("like.removed", f"like/user_ada/{POST}", 2)]
    answer = await like.call(count, by=ADA, query={"post_ids": f"{POST},{kept}"})
    assert answer.json() == {"counts": {POST: 0, kept: 1}, "mine": [kept]}


async def test_many_likes_take_many_calls(like: Service[Store]) -> None:
    await like.store.database.query(SEED, post=POST)
    event = deleted()
    assert await like.finish(on_post_deleted, event) == [True, True, False]
    published = {(f"like/user_{n}/{POST}", 2) for n in range(1, 451)}
    assert {(subject, revision) for _, subject, revision in like.published()} == published
    assert len(like.published()) == 450
    assert (await like.tell(on_post_deleted, event)).json() == {"duplicate": True}


async def test_a_replay_finds_nothing_left_to_remove(like: Service[Store]) -> None:
    await like.store.database.query(SEED, post=POST)
    await like.finish(on_post_deleted, deleted())
    like.broker.published.clear()
    assert await like.finish(on_post_deleted, replace(deleted(), replay="r1")) == [False]
    assert like.published() == []
