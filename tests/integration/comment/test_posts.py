"""comment-on-post-created and comment-on-post-deleted against MySQL."""

from dataclasses import replace

from functions.comment.model import KnownPost
from functions.comment.operations import by_post, create, on_post_created, on_post_deleted
from functions.comment.store import Store
from shared.ids import new_id
from shared.testing import member
from tests.integration.comment.conftest import POST, created, deleted
from tests.integration.service import Service

ADA = member("user_ada")
TEXT = {"post_id": POST, "text": "Well told."}
SEED = """
    INSERT INTO comments (id, post_id, text, author_id, author_name, author_avatar,
                          author_revision, revision, created_at)
    WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < 450)
    SELECT CONCAT('seed-', n), %s, 'Well told.', 'user_ada', 'Ada', '', 1, 1,
           '2026-01-01 00:00:00.000001'
    FROM numbers
"""


async def seed(comment: Service[Store]) -> None:
    async def work(tx: object) -> None:
        await tx.execute(SEED, (POST,))  # type: ignore[attr-defined] # the adapter's own

    await comment.store.database.write(work)


async def test_a_post_is_known_from_its_event(comment: Service[Store]) -> None:
    assert (await comment.tell(on_post_created, created())).status == 204
    assert await comment.store.post(POST) == KnownPost(POST, 1)


async def test_a_batch_keeps_the_newest_of_each_post(comment: Service[Store]) -> None:
    other = new_id()
    batch = [created(), replace(created(), id=new_id(), revision=3), created(other)]
    assert (await comment.tell(on_post_created, batch)).status == 204
    assert (await comment.tell(on_post_created, batch[::-1])).status == 204
    assert await comment.store.post(POST) == KnownPost(POST, 3)
    assert await comment.store.post(other) == KnownPost(other, 1)


async def test_a_tombstone_outlives_late_and_replayed_events(comment: Service[Store]) -> None:
    assert await comment.finish(on_post_deleted, deleted()) == [False]
    assert (await comment.tell(on_post_created, created())).status == 204
    assert (await comment.tell(on_post_created, replace(created(), replay="r1"))).status == 204
    assert await comment.store.post(POST) == KnownPost(POST, 2, deleted=True)


async def test_comments_go_with_their_post_and_no_other(comment: Service[Store]) -> None:
    kept = new_id()
    await comment.tell(on_post_created, created(kept))
    gone = (await comment.call(create, by=ADA, json=TEXT)).json()["id"]
    other = (await comment.call(create, by=ADA, json={**TEXT, "post_id": kept})).json()
    comment.broker.published.clear()

    assert await comment.finish(on_post_deleted, deleted()) == [False]

    assert comment.published() == [("comment.deleted", f"comment/{gone}", 2)]
    assert (await comment.call(by_post, query={"post_id": POST})).json()["items"] == []
    assert (await comment.call(by_post, query={"post_id": kept})).json()["items"] == [other]
    row = await comment.store.database.fetchrow(
        "SELECT text, revision, deleted FROM comments WHERE id = %s", (gone,)
    )
    assert row == {"text": "", "revision": 2, "deleted": 1}


async def test_many_comments_take_many_calls(comment: Service[Store]) -> None:
    await seed(comment)
    event = deleted()
    assert await comment.finish(on_post_deleted, event) == [True, True, False]
    published = {(f"comment/seed-{n}", 2) for n in range(1, 451)}
    assert {(subject, revision) for _, subject, revision in comment.published()} == published
    assert len(comment.published()) == 450
    assert (await comment.tell(on_post_deleted, event)).json() == {"duplicate": True}


async def test_a_replay_finds_nothing_left_to_delete(comment: Service[Store]) -> None:
    await seed(comment)
    await comment.finish(on_post_deleted, deleted())
    comment.broker.published.clear()
    assert await comment.finish(on_post_deleted, replace(deleted(), replay="r1")) == [False]
    assert comment.published() == []
