"""What members change: each method is one transaction."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from functions.post.model import Deleted, Post, Profile
from functions.post.store.projections import Announce, bury, know, publish
from functions.post.store.rows import POST, post_of, profile_of, writing_values
from shared.databases.database import Duplicate
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import NotFound
from shared.events import Event

# A reader counts as one visit for as long.
VISIT = timedelta(minutes=30)
# Rows that one call of the relay settles at most.
SETTLED = 1_000

ADD = """
    INSERT INTO posts (id, slug, title, summary, content, cover, category, tags, author_id,
                       author_name, author_avatar, author_revision, revision, created_at,
                       updated_at, published_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
    ON CONFLICT DO NOTHING RETURNING slug
"""
ADD_TALLIES = "INSERT INTO tallies (post_id) VALUES ($1)"
# Locked in one order, so that two calls with the same posts wait for each other.
HOLD = f"""
    SELECT {POST} FROM posts JOIN tallies ON post_id = id
    WHERE id = ANY($1::uuid[]) AND NOT deleted ORDER BY id FOR UPDATE OF posts
"""  # noqa: S608 - columns of ours
CHANGE = """
    UPDATE posts SET title = $2, summary = $3, content = $4, cover = $5, category = $6,
                     tags = $7, featured = $8, revision = $9, updated_at = $10,
                     published_at = $11, slug = $12
    WHERE id = $1
"""
# Shared, so that a change of the author waits for the post, and then finds it.
HOLD_AUTHOR = """
    SELECT id, name, avatar, revision, deleted FROM authors WHERE id = $1 FOR SHARE
"""
# Each reader has a row of their own: however many come at once, none waits for another.
COUNT_VISIT = """
    WITH counted AS (
        INSERT INTO visits AS known (post_id, reader, at, pending)
        SELECT id, $2, $3, 1 FROM posts WHERE id = $1 AND published_at IS NOT NULL
        ON CONFLICT (post_id, reader) DO UPDATE
            SET at = excluded.at, pending = known.pending + 1 WHERE known.at <= $4
        RETURNING 1
    )
    SELECT tallies.visits + (SELECT count(*) FROM counted)
        + (SELECT coalesce(sum(pending), 0) FROM visits WHERE post_id = $1 AND pending > 0)
    FROM tallies JOIN posts ON id = post_id WHERE id = $1 AND published_at IS NOT NULL
"""
# One statement, because the relay asks it again and again with nothing to do.
SETTLE_VISITS = """
    WITH waiting AS (
        SELECT post_id, reader, at, pending FROM visits WHERE pending > 0 OR at <= $1
        LIMIT $2 FOR UPDATE SKIP LOCKED
    ), settled AS (
        UPDATE visits SET pending = 0 FROM waiting
        WHERE visits.post_id = waiting.post_id AND visits.reader = waiting.reader
            AND waiting.at > $1
    ), forgotten AS (
        DELETE FROM visits USING waiting
        WHERE visits.post_id = waiting.post_id AND visits.reader = waiting.reader
            AND waiting.at <= $1
    ), counts AS (
        SELECT post_id, sum(pending) AS visits FROM waiting WHERE pending > 0 GROUP BY post_id
    )
    UPDATE tallies SET visits = tallies.visits + counts.visits FROM counts
    WHERE tallies.post_id = counts.post_id
"""


class Writes:
    database: Postgres

    async def add(self, post: Post, profile: Profile, *, announce: Announce) -> Post:
        """Store the post under its first free slug, signed by the author as known by now."""

        async def work(tx: PostgresTransaction) -> Post:
            known = await _hold_author(tx, profile)
            author = known.author
            for slug in post.slugs():
                added_slug = await tx.fetchval(ADD, *_values(post, slug, known))
                if added_slug:
                    await tx.execute(ADD_TALLIES, post.id)
                    added = replace(post, slug=slug, author=author)
                    publish(tx, announce(added))
                    return added
            raise AssertionError("a slug that holds the whole id was taken")

        return await self.database.write(work)

    async def change(
        self,
        post_id: str,
        edit: Callable[[Post], Post],
        *,
        announce: Callable[[Post, Post], Event | None],
    ) -> Post:
        """Store what `edit` makes of the post, which nobody else changes meanwhile."""

        async def work(tx: PostgresTransaction, attempt: int) -> Post:
            before = await _hold(tx, post_id)
            after = edit(before)
            if after.slug != before.slug:
                after = replace(after, slug=list(after.slugs())[attempt])
            if after is not before:
                state = (after.featured, after.revision, after.updated_at, after.published_at)
                values = (*writing_values(after), *state, after.slug)
                await tx.execute(CHANGE, after.id, *values)
                publish(tx, announce(before, after))
            return after

        for attempt in range(2):
            with suppress(Duplicate):  # of the slug: the next one is tried
                return await self.database.write(partial(work, attempt=attempt))
        return await self.database.write(partial(work, attempt=2))

    async def delete(
        self,
        post_id: str,
        check: Callable[[Post], None],
        now: datetime,
        *,
        announce: Announce,
    ) -> None:
        """Empty the post that passes the check, and leave its tombstone."""

        async def work(tx: PostgresTransaction) -> None:
            post = await _hold(tx, post_id)
            check(post)
            await bury(tx, [post], now, announce)

        await self.database.write(work)

    async def delete_many(
        self,
        ids: Sequence[str],
        check: Callable[[Post], None],
        now: datetime,
        *,
        announce: Announce,
    ) -> Deleted:
        """Delete all of the posts, or none when one does not pass the check."""

        async def work(tx: PostgresTransaction) -> Deleted:
            posts = []
            for row in await tx.fetch(HOLD, ids):
                post = post_of(row)
                try:
                    check(post)
                except NotFound:  # what the caller may not see is unknown to them
                    continue
                posts.append(post)
            await bury(tx, posts, now, announce)
            gone = {post.id for post in posts}
            return Deleted(
                [post_id for post_id in ids if post_id in gone],
                [post_id for post_id in ids if post_id not in gone],
            )

        return await self.database.write(work)

    async def visit(self, post_id: str, reader: bytes, now: datetime) -> int:
        """Count the reader's visit unless they were here lately; give the post's visits."""

        async def work(tx: PostgresTransaction) -> int:
            visits = await tx.fetchval(COUNT_VISIT, post_id, reader, now, now - VISIT)
            if visits is None:
                raise NotFound(f"no post has the id {post_id}")
            return int(visits)

        return await self.database.write(work)

    async def settle_visits(self, now: datetime) -> None:
        """Add what visits are pending to the posts' tallies, and forget earlier readers."""
        await self.database.execute(SETTLE_VISITS, now - VISIT, SETTLED)


async def _hold(tx: PostgresTransaction, post_id: str) -> Post:
    row = await tx.fetchrow(HOLD, [post_id])
    if row is None:
        raise NotFound(f"no post has the id {post_id}")
    return post_of(row)


async def _hold_author(tx: PostgresTransaction, profile: Profile) -> Profile:
    row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    if row is None:
        await know(tx, profile)
        row = await tx.fetchrow(HOLD_AUTHOR, profile.id)
    assert row is not None
    return profile_of(row)


def _values(post: Post, slug: str, author: Profile) -> tuple[object, ...]:
    signature = (author.id, author.name, author.avatar, author.revision)
    times = (post.created_at, post.published_at)
    return post.id, slug, *writing_values(post), *signature, post.revision, *times
