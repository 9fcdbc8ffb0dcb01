"""Posts and the authors known here, in PostgreSQL."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from functions.post.model import Author, Headline, Post, Profile
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import NotFound
from shared.events import Event
from shared.pages import Page, decode_cursor, encode_cursor
from shared.settings import Settings

SCHEMA = Path(__file__).parent / "schema"
BATCH = 200  # Rows that one call of a consumer changes at most.

GET = "SELECT * FROM posts WHERE id = $1 AND NOT deleted"
GET_BY_SLUG = "SELECT * FROM posts WHERE slug = $1 AND NOT deleted"
PAGE = """
    SELECT id, slug, title, summary, cover, category, tags, featured, visits, author_id,
           author_name, author_avatar, likes, comments, revision, created_at, updated_at
    FROM posts WHERE NOT deleted AND (created_at, id) < ($1, $2)
    ORDER BY created_at DESC, id DESC LIMIT $3
"""
NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
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
COUNT_LIKES = "UPDATE posts SET likes = likes + $2 WHERE id = $1 AND NOT deleted"
COUNT_COMMENTS = "UPDATE posts SET comments = comments + $2 WHERE id = $1 AND NOT deleted"

AUTHOR = "SELECT id, name, avatar, revision, deleted FROM authors WHERE id = $1"
# Shared, so that a change of the author waits for the post, and then finds it.
HOLD_AUTHOR = AUTHOR + " FOR SHARE"
KNOW_AUTHOR = """
    INSERT INTO authors AS known (id, name, avatar, revision, deleted)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, avatar = excluded.avatar,
        revision = excluded.revision, deleted = excluded.deleted
    WHERE known.revision < excluded.revision
"""
REFRESH_SNAPSHOTS = """
    WITH stale AS (
        SELECT posts.id, authors.name, authors.avatar, authors.revision
        FROM posts JOIN authors ON authors.id = posts.author_id
        WHERE posts.author_id = $1 AND posts.author_revision < authors.revision
            AND NOT posts.deleted
        ORDER BY posts.id LIMIT $2 FOR UPDATE OF posts
    ), refreshed AS (
        UPDATE posts SET author_name = stale.name, author_avatar = stale.avatar,
                         author_revision = stale.revision
        FROM stale WHERE posts.id = stale.id RETURNING 1
    )
    SELECT count(*) FROM refreshed
"""


class Store:
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("post-database-url")))

    async def get(self, post_id: str) -> Post:
        row = await self.database.fetchrow(GET, post_id)
        if row is None:
            raise NotFound(f"no post has the id {post_id}")
        return _post(row)

    async def get_by_slug(self, slug: str) -> Post:
        row = await self.database.fetchrow(GET_BY_SLUG, slug)
        if row is None:
            raise NotFound(f"no post has the slug {slug}")
        return _post(row)

    async def page(self, cursor: str | None, limit: int) -> Page[Headline]:
        """List the newest posts, or those that follow the cursor."""
        place = decode_cursor(cursor, 2, types=(datetime, UUID)) if cursor else NEWEST
        rows = await self.database.fetch(PAGE, *place, limit + 1)
        posts = [_headline(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(posts, _place(posts[-1]) if more else None)

    async def add(
        self, post: Post, profile: Profile, *, announce: Callable[[Post], Event]
    ) -> Post:
        """Store the post under its first free slug, signed by the author as known by now."""

        async def work(tx: PostgresTransaction) -> Post:
            author = await _hold(tx, profile)
            for slug in post.slugs():
                row = await tx.fetchrow(ADD, *_values(post, slug, author))
                if row is not None:
                    added = _post(row)
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
            tx.publish(announce(_post(row)))

        await self.database.write(work)

    async def count_likes(self, post_id: str, change: int) -> None:
        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(COUNT_LIKES, post_id, change)

        await self.database.write(work)

    async def count_comments(self, post_id: str, change: int) -> None:
        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(COUNT_COMMENTS, post_id, change)

        await self.database.write(work)

    async def author(self, author_id: str) -> Profile | None:
        """Give what is known of the member, or None."""
        row = await self.database.fetchrow(AUTHOR, author_id)
        return Profile(**row) if row else None

    async def know_author(self, profile: Profile) -> bool:
        """Keep the newer profile and sign posts with it; tell whether more of them wait."""

        async def work(tx: PostgresTransaction) -> bool:
            await tx.execute(KNOW_AUTHOR, *_columns(profile))
            refreshed: int = await tx.fetchval(REFRESH_SNAPSHOTS, profile.id, BATCH)
            more = refreshed == BATCH
            if more:
                tx.more_follows()
            return more

        return await self.database.write(work)


async def _hold(tx: PostgresTransaction, profile: Profile) -> Profile:
    row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    if row is None:
        await tx.execute(KNOW_AUTHOR, *_columns(profile))
        row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    assert row is not None
    return Profile(**row)


def _columns(profile: Profile) -> tuple[object, ...]:
    return profile.id, profile.name, profile.avatar, profile.revision, profile.deleted


def _values(post: Post, slug: str, author: Profile) -> tuple[object, ...]:
    content = (post.title, post.summary, post.content, post.cover, post.category, post.tags)
    signature = (author.id, author.name, author.avatar, author.revision)
    return post.id, slug, *content, *signature, post.revision, post.created_at


def _place(post: Headline) -> str:
    return encode_cursor(post.created_at, post.id)


def _post(row: Mapping[str, Any]) -> Post:
    return Post(**_fields(row), content=row["content"])


def _headline(row: Mapping[str, Any]) -> Headline:
    return Headline(**_fields(row))


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "slug": row["slug"],
        "title": row["title"],
        "summary": row["summary"],
        "cover": row["cover"],
        "category": row["category"],
        "tags": tuple(row["tags"]),
        "featured": row["featured"],
        "visits": row["visits"],
        "author": Author(row["author_id"], row["author_name"], row["author_avatar"]),
        "likes": max(row["likes"], 0),
        "comments": max(row["comments"], 0),
        "revision": row["revision"],
        "created_at": row["created_at"],
        "updated_at": row["updated_at"],
    }
