"""What members change: each method is one transaction."""

from datetime import datetime
from typing import Any

from functions.like.model import KnownPost, Like, Removal
from functions.like.store.projections import Announce, know_posts, take_back
from functions.like.store.rows import like_of
from shared.databases.surreal import Surreal, SurrealTransaction
from shared.errors import Conflict, NotFound

STATE = """
    RETURN {
        like: (SELECT * FROM ONLY type::record('likes', [$user, $post])),
        post_deleted: type::record('posts', $post).deleted ?? false,
        member_deleted: type::record('members', $user).deleted ?? false
    }
"""
UNCHANGED = "(type::record('likes', [$user, $post]).revision ?? 0) = $revision"
LIVING = """
    !(type::record('posts', $post).deleted ?? false)
    AND !(type::record('members', $user).deleted ?? false)
"""
SET = """
    UPSERT type::record('likes', [$user, $post])
    SET user = $user, post = $post, liked = $liked, revision = $revision, changed_at = $now
    RETURN NONE
"""
LIKED = """
    SELECT * FROM $posts.map(|$post| type::record('likes', [$user, $post])) WHERE liked = true
"""
SAME_LIKED = """
    (
        SELECT VALUE [post, revision]
        FROM $posts.map(|$post| type::record('likes', [$user, $post])) WHERE liked = true
    ) = $found
"""


class Writes:
    database: Surreal

    async def add(
        self, post: KnownPost, user_id: str, now: datetime, *, announce: Announce
    ) -> Like:
        """Store the like unless it is there; a post that is gone takes none."""

        async def work(tx: SurrealTransaction) -> Like:
            state, like = await _read(tx, post.id, user_id, now)
            if post.deleted or state["post_deleted"]:
                raise NotFound(f"no post has the id {post.id}")
            if state["member_deleted"]:
                raise Conflict("a deleted member likes no posts")
            if like.liked:
                return like
            tx.guard(LIVING, post=post.id, user=user_id)
            know_posts(tx, [post])
            return _turn(tx, like, now, announce)

        return await self.database.write(work)

    async def remove(
        self, post_id: str, user_id: str, now: datetime, *, announce: Announce
    ) -> Like:
        """Take the like back if it is there."""

        async def work(tx: SurrealTransaction) -> Like:
            _, like = await _read(tx, post_id, user_id, now)
            return _turn(tx, like, now, announce) if like.liked else like

        return await self.database.write(work)

    async def remove_many(
        self,
        posts: list[str],
        user_id: str,
        now: datetime,
        *,
        announce: Announce,
    ) -> Removal:
        """Take those of the member's likes back that are there."""

        async def work(tx: SurrealTransaction) -> Removal:
            likes = [like_of(row) for row in await tx.read(LIKED, user=user_id, posts=posts)]
            found = [[like.post_id, like.revision] for like in likes]
            tx.guard(SAME_LIKED, user=user_id, posts=posts, found=found)
            take_back(tx, likes, now, announce)
            removed = [like.post_id for like in likes]
            return Removal(removed, [post for post in posts if post not in removed])

        return await self.database.write(work)


async def _read(
    tx: SurrealTransaction, post_id: str, user_id: str, now: datetime
) -> tuple[dict[str, Any], Like]:
    state = await tx.read(STATE, user=user_id, post=post_id)
    never = Like(post_id=post_id, user_id=user_id, changed_at=now)
    return state, like_of(state["like"]) if state["like"] else never


def _turn(tx: SurrealTransaction, like: Like, now: datetime, announce: Announce) -> Like:
    pair = {"user": like.user_id, "post": like.post_id}
    turned = like.turned(now)
    tx.guard(UNCHANGED, **pair, revision=like.revision)
    tx.add(SET, **pair, liked=turned.liked, revision=turned.revision, now=now)
    tx.publish(announce(turned))
    return turned
