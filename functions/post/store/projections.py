"""What others' events change here: authors and their snapshots, counters, cascades."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from operator import attrgetter
from uuid import UUID

from functions.post.model import Post, Profile, Reaction
from functions.post.store.rows import POST, post_of, profile_values
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event

Announce = Callable[[Post], Event | None]

BATCH = 200  # Rows that one call of a consumer changes at most.

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
POSTS_OF_AUTHOR = f"""
    SELECT {POST} FROM posts JOIN tallies ON post_id = id
    WHERE author_id = $1 AND NOT deleted ORDER BY id LIMIT $2 FOR UPDATE OF posts
"""  # noqa: S608 - columns of ours
BURY = """
    UPDATE posts SET deleted = true, revision = revision + 1, updated_at = $2,
                     slug = md5(slug), title = '', summary = '', content = '', cover = '',
                     category = '', tags = '{}', author_name = '', author_avatar = '',
                     published_at = NULL
    WHERE id = ANY($1::uuid[])
"""
DROP_TALLIES = "DELETE FROM tallies WHERE post_id = ANY($1::uuid[])"
# A newer revision of a reaction replaces an older one, whichever comes first.
REACT = """
    INSERT INTO reactions AS known (key, post_id, revision, stands, stood)
    SELECT $1, post_id, $3, $4, false FROM tallies WHERE post_id = $2 FOR UPDATE
    ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, stands = excluded.stands,
                                    stood = known.stands
    WHERE known.revision < excluded.revision
    RETURNING stands::integer - stood::integer
"""
FORGET_REACTION = """
    DELETE FROM reactions WHERE key = $1
        AND NOT EXISTS (SELECT FROM tallies WHERE tallies.post_id = reactions.post_id)
"""
COUNT = {
    "likes": "UPDATE tallies SET likes = likes + $2 WHERE post_id = $1",
    "comments": "UPDATE tallies SET comments = comments + $2 WHERE post_id = $1",
}
CLEAR_AUTHORS = "DELETE FROM authors WHERE id IN (SELECT id FROM authors LIMIT $1)"
SOME_POSTS = """
    SELECT id FROM posts WHERE NOT deleted AND id > $1 ORDER BY id LIMIT $2 FOR UPDATE
"""
CLEAR_SNAPSHOTS = "UPDATE posts SET author_revision = 0 WHERE id = ANY($1::uuid[])"
CLEAR_COUNTS = "UPDATE tallies SET likes = 0, comments = 0 WHERE post_id = ANY($1::uuid[])"
CLEAR_REACTIONS = "DELETE FROM reactions WHERE post_id = ANY($1::uuid[])"


TOLD = """
    SELECT id, likes, comments, author_name, author_avatar
    FROM posts JOIN tallies ON post_id = id
    WHERE NOT deleted AND id > $1 ORDER BY id LIMIT $2
"""


class Projections:
    database: Postgres

    async def count(self, reactions: Sequence[Reaction]) -> None:
        """Count likes and comments as their newest revisions say: they stand, or are gone."""

        async def work(tx: PostgresTransaction) -> None:
            # In one order, so that no two of these wait for each other.
            for reaction in sorted(reactions, key=attrgetter("post_id")):
                await _count(tx, reaction)

        await self.database.write(work)

    async def know_author(self, profile: Profile) -> bool:
        """Keep the newer profile and sign posts with it; tell whether more of them wait."""

        async def work(tx: PostgresTransaction) -> bool:
            await know(tx, profile)
            refreshed: int = await tx.fetchval(REFRESH_SNAPSHOTS, profile.id, BATCH)
            return _more(tx, refreshed)

        return await self.database.write(work)

    async def forget_author(
        self, profile: Profile, now: datetime, *, announce: Announce
    ) -> bool:
        """Leave tombstones of the author and of their posts; tell whether more posts wait."""

        async def work(tx: PostgresTransaction) -> bool:
            await know(tx, profile)
            rows = await tx.fetch(POSTS_OF_AUTHOR, profile.id, BATCH)
            await bury(tx, [post_of(row) for row in rows], now, announce)
            return _more(tx, len(rows))

        return await self.database.write(work)

    async def clear(self) -> None:
        """Forget what events told, before all of them are told again."""
        while await self.database.execute(CLEAR_AUTHORS, BATCH) != "DELETE 0":
            pass
        last: UUID | None = UUID(int=0)
        while last:
            last = await self._clear_after(last)

    async def told(self) -> AsyncIterator[Sequence[object]]:
        """Give what events told, as readers see it: counts, and names under posts."""
        last = UUID(int=0)
        while rows := await self.database.fetch(TOLD, last, BATCH):
            for row in rows:
                yield tuple(row.values())
            last = rows[-1]["id"]

    async def _clear_after(self, last: UUID) -> UUID | None:
        async def work(tx: PostgresTransaction) -> UUID | None:
            ids = [row["id"] for row in await tx.fetch(SOME_POSTS, last, BATCH)]
            # The counts are locked first: a reaction that is told meanwhile comes after.
            for statement in (CLEAR_SNAPSHOTS, CLEAR_COUNTS, CLEAR_REACTIONS):
                await tx.execute(statement, ids)
            return ids[-1] if ids else None

        return await self.database.write(work)


async def _count(tx: PostgresTransaction, reaction: Reaction) -> None:
    key = blake2b(reaction.subject.encode(), digest_size=16).digest()
    known = (key, reaction.post_id, reaction.revision, reaction.stands)
    change = await tx.fetchval(REACT, *known)
    if change:
        await tx.execute(COUNT[reaction.tally], reaction.post_id, change)
    elif change is None:
        await tx.execute(FORGET_REACTION, key)


async def know(tx: PostgresTransaction, profile: Profile) -> None:
    """Keep the profile unless a newer one is known."""
    await tx.execute(KNOW_AUTHOR, *profile_values(profile))


async def bury(
    tx: PostgresTransaction, posts: Sequence[Post], now: datetime, announce: Announce
) -> None:
    """Empty the posts, which the transaction has locked, and leave their tombstones."""
    ids = [post.id for post in posts]
    await tx.execute(BURY, ids, now)
    await tx.execute(DROP_TALLIES, ids)
    publish(tx, *(announce(post.ended(now)) for post in posts))


def publish(tx: PostgresTransaction, *events: Event | None) -> None:
    """Publish with the transaction what there is to tell; of a draft there is nothing."""
    for event in events:
        if event is not None:
            tx.publish(event)


def _more(tx: PostgresTransaction, handled: int) -> bool:
    more = handled == BATCH
    if more:
        tx.more_follows()
    return more
