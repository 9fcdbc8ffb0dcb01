"""What members and visitors ask of comments."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from functions.comment.model import Comment, Counted, KnownPost, Profile
from functions.comment.store.rows import comment_of, post_of, profile_of
from shared.databases.mysql import MySQL
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

GET = "SELECT * FROM comments WHERE id = %s AND NOT deleted"
# What is listed and deleted shows for the replies below it, without text and name.
# A condition on the pair (created_at, id) would not be looked up in the index.
OF_POST = """
    SELECT * FROM comments
    WHERE post_id = %(of)s AND listed = TRUE
        AND (created_at > %(time)s OR (created_at = %(time)s AND id > %(last)s))
        AND (deleted = FALSE OR (
            SELECT 1 FROM comments AS reply
            WHERE reply.parent_id = comments.id AND reply.deleted = FALSE LIMIT 1
        ) IS NOT NULL)
    ORDER BY created_at, id LIMIT %(limit)s
"""
OLDEST = (datetime(1970, 1, 1, tzinfo=UTC), "")
OF_AUTHOR = """
    SELECT * FROM comments
    WHERE author_id = %(of)s AND deleted = FALSE
        AND (created_at < %(time)s OR (created_at = %(time)s AND id < %(last)s))
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""
NEWEST = (datetime.max.replace(tzinfo=UTC), "")
COUNT = """
    SELECT post_id, COUNT(*) AS comments FROM comments
    WHERE post_id IN ({}) AND deleted = FALSE GROUP BY post_id
"""
POST = "SELECT id, revision, deleted FROM posts WHERE id = %s"
AUTHOR = "SELECT id, name, avatar, revision, deleted FROM authors WHERE id = %s"


class Reads:
    database: MySQL

    async def get(self, comment_id: str) -> Comment:
        row = await self.database.fetchrow(GET, (comment_id,))
        if row is None:
            raise NotFound(f"no comment has the id {comment_id}")
        return comment_of(row)

    async def of_post(self, post_id: str, cursor: str | None, limit: int) -> Page[Comment]:
        """List the oldest comments of the post, or those that follow the cursor."""
        return await self._page(OF_POST, post_id, cursor, OLDEST, limit)

    async def of_author(self, user_id: str, cursor: str | None, limit: int) -> Page[Comment]:
        """List the newest comments of the member, or those that follow the cursor."""
        return await self._page(OF_AUTHOR, user_id, cursor, NEWEST, limit)

    async def count(self, posts: Sequence[str]) -> Counted:
        """Count the comments of each post."""
        rows = await self.database.fetch(COUNT.format(marks(posts)), posts)
        found = {row["post_id"]: row["comments"] for row in rows}
        return Counted(dict.fromkeys(posts, 0) | found)

    async def post(self, post_id: str) -> KnownPost | None:
        """Give what is known of the post, or None."""
        row = await self.database.fetchrow(POST, (post_id,))
        return post_of(row) if row else None

    async def author(self, author_id: str) -> Profile | None:
        """Give what is known of the member, or None."""
        row = await self.database.fetchrow(AUTHOR, (author_id,))
        return profile_of(row) if row else None

    async def _page(
        self, query: str, of: str, cursor: str | None, start: tuple[datetime, str], limit: int
    ) -> Page[Comment]:
        time, last = decode_cursor(cursor, 2, types=(datetime, UUID)) if cursor else start
        place = {"of": of, "time": time, "last": str(last), "limit": limit + 1}
        rows = await self.database.fetch(query, place)
        comments = [comment_of(row) for row in rows[:limit]]
        more = len(rows) > limit
        following = encode_cursor(comments[-1].created_at, comments[-1].id) if more else None
        return Page(comments, following)


def marks(values: Sequence[object]) -> str:
    """Give a placeholder for each value."""
    return ", ".join(["%s"] * len(values))
