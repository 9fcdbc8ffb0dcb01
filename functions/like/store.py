"""Likes and the posts known here, in SurrealDB."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from functions.like.model import Counts, KnownPost, Like
from shared.databases.surreal import Surreal, SurrealTransaction
from shared.errors import NotFound
from shared.events import Event
from shared.settings import Settings

SCHEMA = Path(__file__).parent / "schema"
BATCH = 200  # Likes that one call of a consumer changes at most.

PAIR = """
    RETURN {
        post: (SELECT *, record::id(id) AS id FROM ONLY type::record('posts', $post)),
        like: (SELECT * FROM ONLY type::record('likes', [$user, $post]))
    }
"""
UNCHANGED_LIKE = "(type::record('likes', [$user, $post]).revision ?? 0) = $revision"
SET_LIKE = """
    UPSERT type::record('likes', [$user, $post])
    SET user = $user, post = $post, liked = $liked, revision = $revision, changed_at = $now
    RETURN NONE
"""
# Each post is counted in the index; one SELECT with `post IN` would read the whole table.
COUNT = """
    RETURN {
        counts: object::from_entries($posts.map(|$post| [$post, (
            SELECT count() FROM likes WHERE post = $post AND liked = true GROUP ALL
        )[0].count ?? 0])),
        mine: (
            SELECT VALUE post FROM $posts.map(|$post| type::record('likes', [$user, $post]))
            WHERE liked = true
        )
    }
"""
LIKES_OF_POST = "SELECT * FROM likes WHERE post = $post AND liked = true LIMIT $limit"
# Also what is not among them counts: a like added since they were read must not be left over.
SAME_LIKES_OF_POST = """
    (SELECT VALUE [user, revision] FROM likes WHERE post = $post AND liked = true LIMIT $limit)
    = $found
"""
REMOVE_LIKES = """
    UPDATE $users.map(|$user| type::record('likes', [$user, $post]))
    SET liked = false, revision += 1, changed_at = $now
    RETURN NONE
"""

POST = "SELECT *, record::id(id) AS id FROM ONLY type::record('posts', $post)"
LIVING_POST = "(type::record('posts', $post).deleted ?? false) = false"
KNOW_POST = """
    IF (type::record('posts', $post).revision ?? 0) < $revision {
        UPSERT type::record('posts', $post) SET revision = $revision, deleted = $deleted
    }
"""


class Store:
    def __init__(self, database: Surreal) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Surreal(settings.secret("like-database-url")))

    async def count(self, posts: list[str], user_id: str) -> Counts:
        [found] = await self.database.query(COUNT, posts=posts, user=user_id)
        return Counts(**found)

    async def add(
        self, post: KnownPost, user_id: str, now: datetime, *, announce: Callable[[Like], Event]
    ) -> Like:
        """Store the like unless it is there; a post that is gone takes none."""

        async def work(tx: SurrealTransaction) -> Like:
            known, like = await _pair(tx, post.id, user_id, now)
            if (known or post).deleted:
                raise NotFound(f"no post has the id {post.id}")
            if like.liked:
                return like
            tx.guard(LIVING_POST, post=post.id)
            _know(tx, post)
            return _turn(tx, like, now, announce)

        return await self.database.write(work)

    async def remove(
        self, post_id: str, user_id: str, now: datetime, *, announce: Callable[[Like], Event]
    ) -> Like:
        """Take the like back if it is there."""

        async def work(tx: SurrealTransaction) -> Like:
            _, like = await _pair(tx, post_id, user_id, now)
            return _turn(tx, like, now, announce) if like.liked else like

        return await self.database.write(work)

    async def post(self, post_id: str) -> KnownPost | None:
        """Give what is known of the post, or None."""
        [row] = await self.database.query(POST, post=post_id)
        return _post(row)

    async def know_post(self, post: KnownPost) -> None:
        """Keep what is newer of the post."""

        async def work(tx: SurrealTransaction) -> None:
            _know(tx, post)

        await self.database.write(work)

    async def bury_post(
        self, post: KnownPost, now: datetime, *, announce: Callable[[Like], Event]
    ) -> bool:
        """Keep the tombstone and remove likes of the post; tell whether more of them wait."""

        async def work(tx: SurrealTransaction) -> bool:
            _know(tx, post)
            rows = await tx.read(LIKES_OF_POST, post=post.id, limit=BATCH)
            likes = [_like(row) for row in rows]
            found = [[like.user_id, like.revision] for like in likes]
            tx.guard(SAME_LIKES_OF_POST, post=post.id, limit=BATCH, found=found)
            users = [like.user_id for like in likes]
            tx.add(REMOVE_LIKES, users=users, post=post.id, now=now)
            for like in likes:
                tx.publish(announce(like.turned(now)))
            more = len(likes) == BATCH
            if more:
                tx.more_follows()
            return more

        return await self.database.write(work)


async def _pair(
    tx: SurrealTransaction, post_id: str, user_id: str, now: datetime
) -> tuple[KnownPost | None, Like]:
    found = await tx.read(PAIR, user=user_id, post=post_id)
    like = Like(post_id=post_id, user_id=user_id, changed_at=now)
    return _post(found["post"]), _like(found["like"]) if found["like"] else like


def _turn(
    tx: SurrealTransaction, like: Like, now: datetime, announce: Callable[[Like], Event]
) -> Like:
    pair = {"user": like.user_id, "post": like.post_id}
    turned = like.turned(now)
    tx.guard(UNCHANGED_LIKE, **pair, revision=like.revision)
    tx.add(SET_LIKE, **pair, liked=turned.liked, revision=turned.revision, now=now)
    tx.publish(announce(turned))
    return turned


def _know(tx: SurrealTransaction, post: KnownPost) -> None:
    tx.add(KNOW_POST, post=post.id, revision=post.revision, deleted=post.deleted)


def _post(row: Mapping[str, Any] | None) -> KnownPost | None:
    return KnownPost(**row) if row else None


def _like(row: Mapping[str, Any]) -> Like:
    return Like(
        post_id=row["post"],
        user_id=row["user"],
        liked=row["liked"],
        revision=row["revision"],
        changed_at=row["changed_at"],
    )
