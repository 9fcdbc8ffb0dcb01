"""What others' events change here: the posts and members that are known, and cascades."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict
from datetime import datetime

from functions.like.model import KnownMember, KnownPost, Like
from functions.like.store.rows import like_of
from shared.databases.surreal import Surreal, SurrealTransaction
from shared.events import Event

Announce = Callable[[Like], Event]

BATCH = 200  # Likes that one call of a consumer changes at most.

KNOW = """
    FOR $known IN $all {
        IF (type::record($table, $known.id).revision ?? -1) < $known.revision {
            UPSERT type::record($table, $known.id)
            SET revision = $known.revision, deleted = $known.deleted
            RETURN NONE
        }
    }
"""
LIKES_OF_POST = "SELECT * FROM likes WHERE post = $of AND liked = true LIMIT $limit"
LIKES_OF_MEMBER = "SELECT * FROM likes WHERE user = $of AND liked = true LIMIT $limit"
# Also what is not among them counts: a like added since they were read must not be left over.
SAME = "(SELECT VALUE [user, post, revision] FROM ({likes})) = $found"
TAKE_BACK = """
    UPDATE $pairs.map(|$pair| type::record('likes', $pair))
    SET liked = false, revision += 1, changed_at = $now
    RETURN NONE
"""
FORGET = "DELETE (SELECT VALUE id FROM type::table($table) LIMIT $limit) RETURN BEFORE"
TOLD = """
    SELECT record::id(id) AS id, deleted FROM posts
    WHERE id > type::record('posts', $after) ORDER BY id LIMIT $limit
"""


class Projections:
    database: Surreal

    async def know_posts(self, posts: Sequence[KnownPost]) -> None:
        """Keep what is newer of the posts."""

        async def work(tx: SurrealTransaction) -> None:
            know_posts(tx, posts)

        await self.database.write(work)

    async def bury_post(self, post: KnownPost, now: datetime, *, announce: Announce) -> bool:
        """Keep the tombstone and remove likes of the post; tell whether more of them wait."""

        async def work(tx: SurrealTransaction) -> bool:
            know_posts(tx, [post])
            return await _empty(tx, LIKES_OF_POST, post.id, now, announce)

        return await self.database.write(work)

    async def forget_member(
        self, member: KnownMember, now: datetime, *, announce: Announce
    ) -> bool:
        """Keep the tombstone and remove likes by the member; tell whether more of them wait."""

        async def work(tx: SurrealTransaction) -> bool:
            _know(tx, "members", [member])
            return await _empty(tx, LIKES_OF_MEMBER, member.id, now, announce)

        return await self.database.write(work)

    async def clear(self) -> None:
        """Forget what events told of posts and members: the same events tell it again."""
        for table in ("posts", "members"):
            while (await self.database.query(FORGET, table=table, limit=BATCH))[-1]:
                pass

    async def told(self) -> AsyncIterator[Sequence[object]]:
        """Give what events told, as members see it: which posts can be liked."""
        last = "-"  # before every id
        while rows := (await self.database.query(TOLD, after=last, limit=BATCH))[0]:
            for row in rows:
                yield row["id"], row["deleted"]
            last = rows[-1]["id"]


def know_posts(tx: SurrealTransaction, posts: Sequence[KnownPost]) -> None:
    """Keep each post unless something newer is known of it."""
    _know(tx, "posts", posts)


def take_back(
    tx: SurrealTransaction, likes: list[Like], now: datetime, announce: Announce
) -> None:
    """Take likes back that were read, and guarded, in this transaction."""
    tx.add(TAKE_BACK, pairs=[[like.user_id, like.post_id] for like in likes], now=now)
    for like in likes:
        tx.publish(announce(like.turned(now)))


async def _empty(
    tx: SurrealTransaction,
    query: str,
    of: str,
    now: datetime,
    announce: Announce,
) -> bool:
    rows = await tx.read(query, of=of, limit=BATCH)
    likes = [like_of(row) for row in rows]
    found = [[like.user_id, like.post_id, like.revision] for like in likes]
    tx.guard(SAME.format(likes=query), of=of, limit=BATCH, found=found)
    take_back(tx, likes, now, announce)
    more = len(likes) == BATCH
    if more:
        tx.more_follows()
    return more


def _know(
    tx: SurrealTransaction, table: str, known: Sequence[KnownPost] | Sequence[KnownMember]
) -> None:
    tx.add(KNOW, table=table, all=[asdict(one) for one in known])
