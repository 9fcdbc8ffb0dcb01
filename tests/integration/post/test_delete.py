"""post-delete against PostgreSQL."""

import asyncio
import hashlib

from functions.post.operations import create, delete, get, get_by_slug, patch
from functions.post.operations import list as list_posts
from functions.post.store import Store
from shared.ids import new_id
from shared.testing import admin, member
from tests.integration.service import Service

ADA, EVE = member("user_ada"), member("user_eve")
DRAFT = {"title": "Not for long", "content": "It weaves."}


async def write(post: Service[Store]) -> str:
    made = (await post.call(create, by=ADA, json=DRAFT)).json()
    post.broker.published.clear()
    return str(made["id"])


async def test_delete_leaves_a_tombstone_that_counts_on(post: Service[Store]) -> None:
    post_id = await write(post)
    answer = await post.call(delete, by=ADA, json={"id": post_id})
    assert (answer.status, answer.body) == (204, b"")
    assert post.published() == [("post.deleted", f"post/{post_id}", 2)]
    assert (await post.call(get, query={"id": post_id})).status == 404
    assert (await post.call(get_by_slug, query={"slug": "not-for-long"})).status == 404
    assert (await post.call(list_posts)).json()["items"] == []
    assert await post.store.database.fetchrow(
        """SELECT deleted, revision, title, content, author_name, slug, published_at,
                  (SELECT count(*) FROM tallies) AS tallies FROM posts"""
    ) == {
        "deleted": True,
        "revision": 2,
        "title": "",
        "content": "",
        "author_name": "",
        # The title's words go with the title.
        "slug": hashlib.md5(b"not-for-long").hexdigest(),
        "published_at": None,
        "tallies": 0,
    }


async def test_a_deleted_posts_slug_is_given_to_no_other(post: Service[Store]) -> None:
    await post.call(delete, by=ADA, json={"id": await write(post)})
    again = (await post.call(create, by=ADA, json=DRAFT)).json()
    assert again["slug"] == f"not-for-long-{again['id'][-6:]}"

    other = {**DRAFT, "title": "A draft", "status": "draft"}
    draft = (await post.call(create, by=ADA, json=other)).json()
    titled = {"id": draft["id"], "title": DRAFT["title"]}
    renamed = (await post.call(patch, by=ADA, json=titled)).json()
    assert renamed["slug"] == f"not-for-long-{draft['id'][-6:]}"


async def test_a_slug_is_not_free_while_its_post_is_being_deleted(post: Service[Store]) -> None:
    post_id = await write(post)
    answers = await asyncio.gather(
        *(post.call(create, by=ADA, json=DRAFT) for _ in range(5)),
        post.call(delete, by=ADA, json={"id": post_id}),
        *(post.call(create, by=ADA, json=DRAFT) for _ in range(5)),
    )
    slugs = {answer.json()["slug"] for answer in answers if answer.status == 201}
    assert len(slugs) == 10
    assert "not-for-long" not in slugs


async def test_delete_is_for_the_author_and_administrators(post: Service[Store]) -> None:
    post_id = await write(post)
    answer = await post.call(delete, by=EVE, json={"id": post_id})
    assert (answer.status, answer.json()["detail"]) == (
        403,
        "only its author or an administrator may change or delete a post",
    )
    assert (await post.call(delete, json={"id": post_id})).status == 401
    assert post.published() == []
    assert (await post.call(delete, by=admin(), json={"id": post_id})).status == 204


async def test_delete_holds_to_the_revision_that_was_seen(post: Service[Store]) -> None:
    post_id = await write(post)
    stale = await post.call(delete, by=ADA, json={"id": post_id}, headers={"if-match": '"2"'})
    assert (stale.status, stale.json()["detail"]) == (
        412,
        f"post {post_id} is at revision 1, you saw 2",
    )
    seen = await post.call(delete, by=ADA, json={"id": post_id}, headers={"if-match": '"1"'})
    assert seen.status == 204


async def test_delete_says_that_nothing_is_there(post: Service[Store]) -> None:
    post_id = await write(post)
    await post.call(delete, by=ADA, json={"id": post_id})
    for gone in (post_id, new_id()):
        assert (await post.call(delete, by=ADA, json={"id": gone})).status == 404
    assert (await post.call(delete, by=ADA, json={"id": "1"})).status == 400


async def test_delete_happens_once_of_ten_at_once(post: Service[Store]) -> None:
    post_id = await write(post)
    answers = await asyncio.gather(
        *(post.call(delete, by=ADA, json={"id": post_id}) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [204] + [404] * 9
    assert post.published() == [("post.deleted", f"post/{post_id}", 2)]
