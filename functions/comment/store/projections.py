"""What others' events change here: posts, authors and their snapshots, cascades.

A member who leaves takes nobody else's words along: under a comment of theirs that has replies,
the replies stay, and it is listed without text and name until the last of them goes.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter

from functions.comment.model import Comment, KnownPost, Profile
from functions.comment.store.reads import AUTHOR, marks
from functions.comment.store.rows import comment_of, profile_of
from shared.databases.mysql import MySQL, MySQLTransaction
from shared.events import Event

Announce = Callable[[Comment], Event]

BATCH = 200  # Comments that one call of a consumer changes at most.

# The last assignment sees what the others set: the revision, which they compare, goes last.
KNOW_POST = """
    INSERT INTO posts (id, revision, deleted) VALUES (%(id)s, %(revision)s, %(deleted)s)
    ON DUPLICATE KEY UPDATE deleted = IF(revision < %(revision)s, %(deleted)s, deleted),
                            revision = GREATEST(revision, %(revision)s)
"""
KNOW_AUTHOR = """
    INSERT INTO authors (id, name, avatar, revision, deleted)
    VALUES (%(id)s, %(name)s, %(avatar)s, %(revision)s, %(deleted)s)
    ON DUPLICATE KEY UPDATE name = IF(revision < %(revision)s, %(name)s, name),
                            avatar = IF(revision < %(revision)s, %(avatar)s, avatar),
                            deleted = IF(revision < %(revision)s, %(deleted)s, deleted),
                            revision = GREATEST(revision, %(revision)s)
"""
REFRESH_SNAPSHOTS = """
    UPDATE comments
    SET author_name = %(name)s, author_avatar = %(avatar)s, author_revision = %(revision)s
    WHERE author_id = %(id)s AND deleted = FALSE AND author_revision < %(revision)s
    LIMIT %(limit)s
"""
OF_POST = """
    SELECT * FROM comments WHERE post_id = %s AND deleted = FALSE
    ORDER BY created_at, id LIMIT %s FOR UPDATE
"""
OF_AUTHOR = """
    SELECT * FROM comments WHERE author_id = %s AND deleted = FALSE
    ORDER BY created_at, id LIMIT %s FOR UPDATE
"""
BURY = """
    UPDATE comments SET deleted = TRUE, listed = FALSE, text = '', author_name = '',
                        author_avatar = '', revision = revision + 1, edited_at = %s
    WHERE id IN ({})
"""
# Only of who left: what its author or an administrator deletes takes its replies along.
LIST_THREADS = "UPDATE comments SET listed = TRUE WHERE parent_id IS NULL AND id IN ({})"
FORGET_POSTS = "DELETE FROM posts LIMIT %s"
SOME_AUTHOR = "SELECT id FROM authors LIMIT 1"
FORGET_SNAPSHOTS = """
    UPDATE comments SET author_revision = 0
    WHERE author_id = %s AND deleted = FALSE AND author_revision > 0 LIMIT %s
"""
FORGET_AUTHOR = "DELETE FROM authors WHERE id = %s"
TOLD = (
    "SELECT id, deleted FROM posts WHERE id > %s ORDER BY id LIMIT %s",
    """SELECT id, author_name, author_avatar FROM comments
       WHERE deleted = FALSE AND id > %s ORDER BY id LIMIT %s""",
)


class Projections:
    database: MySQL

    async def know_posts(self, posts: Sequence[KnownPost]) -> None:
        """Keep what is newer of the posts."""

        async def work(tx: MySQLTransaction) -> None:
            # In one order, so that no two of these wait for each other.
            for post in sorted(posts, key=attrgetter("id", "revision")):
                await know_post(tx, post)

        await self.database.write(work)

    async def bury_post(self, post: KnownPost, now: datetime, *, announce: Announce) -> bool:
        """Keep the tombstone and delete comments of the post; tell whether more wait."""

        async def work(tx: MySQLTransaction) -> bool:
            await know_post(tx, post)
            rows = await tx.fetch(OF_POST, (post.id, BATCH))
            await bury(tx, [comment_of(row) for row in rows], now, announce)
            return _more(tx, len(rows))

        return await self.database.write(work)

    async def know_author(self, profile: Profile) -> bool:
        """Keep the newer profile and sign comments with it; tell whether more of them wait."""

        async def work(tx: MySQLTransaction) -> bool:
            author = await know_author(tx, profile)
            signed = await tx.execute(REFRESH_SNAPSHOTS, asdict(author) | {"limit": BATCH})
            return _more(tx, signed)

        return await self.database.write(work)

    async def forget_author(
        self, profile: Profile, now: datetime, *, announce: Announce
    ) -> bool:
        """Leave tombstones of the author and their comments; tell whether more of them wait."""

        async def work(tx: MySQLTransaction) -> bool:
            await know_author(tx, profile)
            rows = await tx.fetch(OF_AUTHOR, (profile.id, BATCH))
            comments = [comment_of(row) for row in rows]
            await bury(tx, comments, now, announce)
            if ids := [comment.id for comment in comments]:
                await tx.execute(LIST_THREADS.format(marks(ids)), ids)
            return _more(tx, len(rows))

        return await self.database.write(work)

    async def clear(self) -> None:
        """Forget what events told of posts and authors: the same events tell it again."""
        while await self.database.execute(FORGET_POSTS, (BATCH,)):
            pass
        while author := await self.database.fetchrow(SOME_AUTHOR):
            while await self.database.execute(FORGET_SNAPSHOTS, (author["id"], BATCH)):
                pass
            await self.database.execute(FORGET_AUTHOR, (author["id"],))

    async def told(self) -> AsyncIterator[Sequence[object]]:
        """Give what events told, as readers see it: which posts are, and names at comments."""
        for statement in TOLD:
            last = ""
            while rows := await self.database.fetch(statement, (last, BATCH)):
                for row in rows:
                    yield tuple(row.values())
                last = rows[-1]["id"]


async def know_post(tx: MySQLTransaction, post: KnownPost) -> None:
    """Keep the post unless something newer is known of it."""
    await tx.execute(KNOW_POST, asdict(post))


async def know_author(tx: MySQLTransaction, profile: Profile) -> Profile:
    """Keep the profile unless a newer one is known, and give the one that is known now."""
    await tx.execute(KNOW_AUTHOR, asdict(profile))
    row = await tx.fetchrow(AUTHOR, (profile.id,))
    assert row is not None
    return profile_of(row)


async def bury(
    tx: MySQLTransaction, comments: Sequence[Comment], now: datetime, announce: Announce
) -> None:
    """Empty the comments, which the transaction has locked, and leave their tombstones."""
    if comments:
        ids = [comment.id for comment in comments]
        await tx.execute(BURY.format(marks(ids)), [now, *ids])
    for comment in comments:
        tx.publish(announce(comment.ended(now)))


def _more(tx: MySQLTransaction, handled: int) -> bool:
    more = handled == BATCH
    if more:
        tx.more_follows()
    return more
