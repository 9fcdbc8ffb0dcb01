"""Comments and the posts known here, in MySQL or MariaDB."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from functions.comment.model import Author, Comment, KnownPost, Profile
from shared.databases.mysql import MySQL, MySQLTransaction
from shared.errors import NotFound
from shared.events import Event
from shared.pages import Page, decode_cursor, encode_cursor
from shared.settings import Settings

SCHEMA = Path(__file__).parent / "schema"
BATCH = 200  # Comments that one call of a consumer changes at most.

GET = "SELECT * FROM comments WHERE id = %s AND NOT deleted"
# A condition on the pair (created_at, id) would not be looked up in the index.
PAGE = """
    SELECT * FROM comments
    WHERE post_id = %(post)s AND deleted = FALSE
        AND created_at >= %(time)s AND (created_at > %(time)s OR id > %(last)s)
    ORDER BY created_at, id LIMIT %(limit)s
"""
OLDEST = (datetime(1970, 1, 1, tzinfo=UTC), "")
ADD = """
    INSERT INTO comments (id, post_id, parent_id, text, author_id, author_name, author_avatar,
                          author_revision, revision, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
COMMENTS_OF_POST = """
    SELECT * FROM comments WHERE post_id = %s AND deleted = FALSE
    ORDER BY created_at, id LIMIT %s FOR UPDATE
"""
# The same rows: they are locked, and while the post is being buried it takes no others.
DELETE_COMMENTS = """
    UPDATE comments SET deleted = TRUE, text = '', revision = revision + 1, edited_at = %s
    WHERE post_id = %s AND deleted = FALSE
    ORDER BY created_at, id LIMIT %s
"""

POST = "SELECT id, revision, deleted FROM posts WHERE id = %s"
# Shared, so that the post's burial waits for the comment, and then finds it.
HOLD_POST = POST + " LOCK IN SHARE MODE"
# The second assignment already sees what the first one set: the revision goes last.
KNOW_POST = """
    INSERT INTO posts (id, revision, deleted) VALUES (%(id)s, %(revision)s, %(deleted)s)
    ON DUPLICATE KEY UPDATE deleted = IF(revision < %(revision)s, %(deleted)s, deleted),
                            revision = GREATEST(revision, %(revision)s)
"""


class Store:
    def __init__(self, database: MySQL) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(MySQL(settings.secret("comment-database-url")))

    async def page(self, post_id: str, cursor: str | None, limit: int) -> Page[Comment]:
        """List the oldest comments of the post, or those that follow the cursor."""
        time, last = decode_cursor(cursor, 2, types=(datetime, UUID)) if cursor else OLDEST
        place = {"post": post_id, "time": time, "last": str(last), "limit": limit + 1}
        rows = await self.database.fetch(PAGE, place)
        comments = [_comment(row) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(comments, _place(comments[-1]) if more else None)

    async def add(
        self,
        comment: Comment,
        post: KnownPost,
        profile: Profile,
        *,
        announce: Callable[[Comment], Event],
    ) -> Comment:
        """Store the comment; a post that is gone takes none, and a parent must fit."""

        async def work(tx: MySQLTransaction) -> Comment:
            if (await _hold(tx, post)).deleted:
                raise NotFound(f"no post has the id {post.id}")
            if comment.parent_id is not None:
                comment.check_parent(await _get(tx, comment.parent_id))
            await tx.execute(ADD, _values(comment, profile))
            tx.publish(announce(comment))
            return comment

        return await self.database.write(work)

    async def post(self, post_id: str) -> KnownPost | None:
        """Give what is known of the post, or None."""
        row = await self.database.fetchrow(POST, (post_id,))
        return _post(row) if row else None

    async def know_post(self, post: KnownPost) -> None:
        """Keep what is newer of the post."""

        async def work(tx: MySQLTransaction) -> None:
            await _know(tx, post)

        await self.database.write(work)

    async def bury_post(
        self, post: KnownPost, now: datetime, *, announce: Callable[[Comment], Event]
    ) -> bool:
        """Keep the tombstone and delete comments of the post; tell whether more wait."""

        async def work(tx: MySQLTransaction) -> bool:
            await _know(tx, post)
            rows = await tx.fetch(COMMENTS_OF_POST, (post.id, BATCH))
            comments = [_comment(row) for row in rows]
            await tx.execute(DELETE_COMMENTS, (now, post.id, BATCH))
            for comment in comments:
                tx.publish(announce(comment.deleted(now)))
            more = len(comments) == BATCH
            if more:
                tx.more_follows()
            return more

        return await self.database.write(work)


async def _get(tx: MySQLTransaction, comment_id: str) -> Comment:
    row = await tx.fetchrow(GET, (comment_id,))
    if row is None:
        raise NotFound(f"no comment has the id {comment_id}")
    return _comment(row)


async def _hold(tx: MySQLTransaction, post: KnownPost) -> KnownPost:
    row = await tx.fetchrow(HOLD_POST, (post.id,))
    if row is None:
        await _know(tx, post)
        row = await tx.fetchrow(HOLD_POST, (post.id,))
    assert row is not None
    return _post(row)


async def _know(tx: MySQLTransaction, post: KnownPost) -> None:
    await tx.execute(KNOW_POST, asdict(post))


def _values(comment: Comment, profile: Profile) -> tuple[object, ...]:
    place = (comment.id, comment.post_id, comment.parent_id, comment.text)
    signature = (profile.id, profile.name, profile.avatar, profile.revision)
    return *place, *signature, comment.revision, comment.created_at


def _place(comment: Comment) -> str:
    return encode_cursor(comment.created_at, comment.id)


def _post(row: Mapping[str, Any]) -> KnownPost:
    return KnownPost(row["id"], row["revision"], deleted=bool(row["deleted"]))


def _comment(row: Mapping[str, Any]) -> Comment:
    return Comment(
        id=row["id"],
        post_id=row["post_id"],
        parent_id=row["parent_id"],
        text=row["text"],
        author=Author(row["author_id"], row["author_name"], row["author_avatar"]),
        revision=row["revision"],
        created_at=row["created_at"],
        edited_at=row["edited_at"],
    )
