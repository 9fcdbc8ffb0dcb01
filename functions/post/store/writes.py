"""What members change: each method is one transaction."""

from collections.abc import Callable
from datetime import datetime

from functions.post.model import Post, Profile
from functions.post.store.projections import know
from functions.post.store.rows import post_of, post_values, profile_of
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import NotFound
from shared.events import Event

ADD = """
    INSERT INTO posts (id, slug, title, summary, content, cover, category, tags, author_id,
                       author_name, author_avatar, author_revision, revision, created_at,
                       updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
    ON CONFLICT (slug) DO NOTHING RETURNING *
"""
DELETE = """
    UPDATE posts SET deleted = true, revision = revision + 1, updated_at = $2, title = '',
                     summary = '', content = '', cover = '', category = '', tags = '{}'
    WHERE id = $1 AND NOT deleted RETURNING *
"""
# Shared, so that a change of the author waits for the post, and then finds it.
HOLD_AUTHOR = """
    SELECT id, name, avatar, revision, deleted FROM authors WHERE id = $1 FOR SHARE
"""


class Writes:
    database: Postgres

    async def add(
        self, post: Post, profile: Profile, *, announce: Callable[[Post], Event]
    ) -> Post:
        """Store the post under its first free slug, signed by the author as known by now."""

        async def work(tx: PostgresTransaction) -> Post:
            author = await _hold(tx, profile)
            for slug in post.slugs():
                row = await tx.fetchrow(ADD, *post_values(post, slug, author))
                if row is not None:
                    added = post_of(row)
                    tx.publish(announce(added))
                    return added
            raise AssertionError("a slug that holds the whole id was taken")

        return await self.database.write(work)

    async def delete(
        self, post_id: str, now: datetime, *, announce: Callable[[Post], Event]
    ) -> None:
        """Empty the post and leave its tombstone."""

        async def work(tx: PostgresTransaction) -> None:
            row = await tx.fetchrow(DELETE, post_id, now)
            if row is None:
                raise NotFound(f"no post has the id {post_id}")
            tx.publish(announce(post_of(row)))

        await self.database.write(work)


async def _hold(tx: PostgresTransaction, profile: Profile) -> Profile:
    row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    if row is None:
        await know(tx, profile)
        row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    assert row is not None
    return profile_of(row)
