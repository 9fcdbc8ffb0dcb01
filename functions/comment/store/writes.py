"""What members change: each method is one transaction."""

from collections.abc import Callable, Sequence
from datetime import datetime

from functions.comment.model import CASCADE, THREAD, Comment, Deleted, KnownPost, Profile
from functions.comment.store.projections import Announce, bury, know_author, know_post
from functions.comment.store.reads import AUTHOR, GET, POST, marks
from functions.comment.store.rows import comment_of, comment_values, post_of, profile_of
from shared.databases.mysql import MySQL, MySQLTransaction
from shared.errors import Conflict, NotFound

# Shared: the post's burial and the author's news wait for the comment, and then find it.
HOLD_POST = POST + " LOCK IN SHARE MODE"
HOLD_AUTHOR = AUTHOR + " LOCK IN SHARE MODE"
HOLD = GET + " FOR UPDATE"
# Locked in one order, so that two calls with the same comments wait for each other.
HOLD_SOME = """
    SELECT * FROM comments WHERE id IN ({}) AND deleted = FALSE ORDER BY id FOR UPDATE
"""
HOLD_REPLIES = """
    SELECT * FROM comments WHERE parent_id IN ({}) AND deleted = FALSE ORDER BY id FOR UPDATE
"""
COUNT_REPLIES = "SELECT COUNT(*) AS n FROM comments WHERE parent_id = %s AND deleted = FALSE"
ADD = """
    INSERT INTO comments (id, post_id, parent_id, text, author_id, author_name, author_avatar,
                          author_revision, revision, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
EDIT = "UPDATE comments SET text = %s, revision = %s, edited_at = %s WHERE id = %s"


class Writes:
    database: MySQL

    async def add(
        self, comment: Comment, post: KnownPost, profile: Profile, *, announce: Announce
    ) -> Comment:
        """Store the comment, signed by the author as known by now.

        A post that is gone takes none, and a parent must fit.
        """

        async def work(tx: MySQLTransaction) -> Comment:
            if (await _hold_post(tx, post)).deleted:
                raise NotFound(f"no post has the id {post.id}")
            author = await _hold_author(tx, profile)
            if comment.parent_id is not None:
                await _check_thread(tx, comment, comment.parent_id)
            added = comment.signed(author.author)
            await tx.execute(ADD, comment_values(added, author))
            tx.publish(announce(added))
            return added

        return await self.database.write(work)

    async def change(
        self, comment_id: str, edit: Callable[[Comment], Comment], *, announce: Announce
    ) -> Comment:
        """Store what `edit` makes of the comment, which nobody else changes meanwhile."""

        async def work(tx: MySQLTransaction) -> Comment:
            before = await _hold(tx, comment_id)
            after = edit(before)
            if after is not before:
                values = (after.text, after.revision, after.edited_at, after.id)
                await tx.execute(EDIT, values)
                tx.publish(announce(after))
            return after

        return await self.database.write(work)

    async def delete(
        self,
        comment_id: str,
        check: Callable[[Comment], None],
        now: datetime,
        *,
        announce: Announce,
    ) -> None:
        """Empty the comment that passes the check, and its replies."""

        async def work(tx: MySQLTransaction) -> None:
            comment = await _hold(tx, comment_id)
            check(comment)
            await _bury_threads(tx, [comment], now, announce)

        await self.database.write(work)

    async def delete_many(
        self,
        ids: Sequence[str],
        check: Callable[[Comment], None],
        now: datetime,
        *,
        announce: Announce,
    ) -> Deleted:
        """Delete all of the comments with their replies, or none when one fails the check."""

        async def work(tx: MySQLTransaction) -> Deleted:
            rows = await tx.fetch(HOLD_SOME.format(marks(ids)), ids)
            comments = [comment_of(row) for row in rows]
            for comment in comments:
                check(comment)
            await _bury_threads(tx, comments, now, announce)
            gone = {comment.id for comment in comments}
            return Deleted(
                [comment_id for comment_id in ids if comment_id in gone],
                [comment_id for comment_id in ids if comment_id not in gone],
            )

        return await self.database.write(work)


async def _hold(tx: MySQLTransaction, comment_id: str) -> Comment:
    row = await tx.fetchrow(HOLD, (comment_id,))
    if row is None:
        raise NotFound(f"no comment has the id {comment_id}")
    return comment_of(row)


async def _hold_post(tx: MySQLTransaction, post: KnownPost) -> KnownPost:
    row = await tx.fetchrow(HOLD_POST, (post.id,))
    if row is None:
        await know_post(tx, post)
        row = await tx.fetchrow(HOLD_POST, (post.id,))
    assert row is not None
    return post_of(row)


async def _hold_author(tx: MySQLTransaction, profile: Profile) -> Profile:
    row = await tx.fetchrow(HOLD_AUTHOR, (profile.id,))
    return profile_of(row) if row else await know_author(tx, profile)


async def _check_thread(tx: MySQLTransaction, comment: Comment, parent_id: str) -> None:
    """Lock the parent, which must take the reply: nobody deletes it meanwhile."""
    comment.check_parent(await _hold(tx, parent_id))
    count = await tx.fetchrow(COUNT_REPLIES, (parent_id,))
    if count is not None and count["n"] >= THREAD:
        raise Conflict(f"a comment takes at most {THREAD} replies, start another thread")


async def _bury_threads(
    tx: MySQLTransaction, comments: Sequence[Comment], now: datetime, announce: Announce
) -> None:
    """Bury locked comments and their replies, which nobody joins meanwhile."""
    if not comments:
        return
    ids = [comment.id for comment in comments]
    replies = [comment_of(row) for row in await tx.fetch(HOLD_REPLIES.format(marks(ids)), ids)]
    # A reply may be named beside its parent.
    thread = list({comment.id: comment for comment in (*comments, *replies)}.values())
    if len(thread) > CASCADE:
        raise Conflict(
            f"one call deletes at most {CASCADE} comments and replies, these are"
            f" {len(thread)}: name fewer"
        )
    await bury(tx, thread, now, announce)
