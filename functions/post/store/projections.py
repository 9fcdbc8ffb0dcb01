"""What others' events change here: authors and their snapshots, counters, cascades."""

from functions.post.model import Profile
from functions.post.store.rows import profile_values
from shared.databases.postgres import Postgres, PostgresTransaction

BATCH = 200  # Rows that one call of a consumer changes at most.

COUNT_LIKES = "UPDATE posts SET likes = likes + $2 WHERE id = $1 AND NOT deleted"
COUNT_COMMENTS = "UPDATE posts SET comments = comments + $2 WHERE id = $1 AND NOT deleted"
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


class Projections:
    database: Postgres

    async def count_likes(self, post_id: str, change: int) -> None:
        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(COUNT_LIKES, post_id, change)

        await self.database.write(work)

    async def count_comments(self, post_id: str, change: int) -> None:
        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(COUNT_COMMENTS, post_id, change)

        await self.database.write(work)

    async def know_author(self, profile: Profile) -> bool:
        """Keep the newer profile and sign posts with it; tell whether more of them wait."""

        async def work(tx: PostgresTransaction) -> bool:
            await know(tx, profile)
            refreshed: int = await tx.fetchval(REFRESH_SNAPSHOTS, profile.id, BATCH)
            more = refreshed == BATCH
            if more:
                tx.more_follows()
            return more

        return await self.database.write(work)


async def know(tx: PostgresTransaction, profile: Profile) -> None:
    """Keep the profile unless a newer one is known."""
    await tx.execute(KNOW_AUTHOR, *profile_values(profile))
