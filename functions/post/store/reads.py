"""What members and visitors ask of posts."""

from datetime import UTC, datetime
from uuid import UUID

from functions.post.model import Headline, Post, Profile
from functions.post.store.rows import headline_of, post_of, profile_of
from shared.databases.postgres import Postgres
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

GET = "SELECT * FROM posts WHERE id = $1 AND NOT deleted"
GET_BY_SLUG = "SELECT * FROM posts WHERE slug = $1 AND NOT deleted"
PAGE = """
    SELECT id, slug, title, summary, cover, category, tags, featured, visits, author_id,
           author_name, author_avatar, likes, comments, revision, created_at, updated_at
    FROM posts WHERE NOT deleted AND (created_at, id) < ($1, $2)
    ORDER BY created_at DESC, id DESC LIMIT $3
"""
NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
AUTHOR = "SELECT id, name, avatar, revision, deleted FROM authors WHERE id = $1"


class Reads:
    database: Postgres

    async def get(self, post_id: str) -> Post:
        row = await self.database.fetchrow(GET, post_id)
        if row is None:
            raise NotFound(f"no post has the id {post_id}")
        return post_of(row)

    async def get_by_slug(self, slug: str) -> Post:
        row = await self.database.fetchrow(GET_BY_SLUG, slug)
        if row is None:
            raise NotFound(f"no post has the slug {slug}")
        return post_of(row)

    async def page(self, cursor: str | None, limit: int) -> Page[Headline]:
        """List the newest posts, or those that follow the cursor."""
        place = decode_cursor(cursor, 2, types=(datetime, UUID)) if cursor else NEWEST
        rows = await self.database.fetch(PAGE, *place, limit + 1)
        posts = [headline_of(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(posts, encode_cursor(posts[-1].created_at, posts[-1].id) if more else None)

    async def author(self, author_id: str) -> Profile | None:
        """Give what is known of the member, or None."""
        row = await self.database.fetchrow(AUTHOR, author_id)
        return profile_of(row) if row else None
