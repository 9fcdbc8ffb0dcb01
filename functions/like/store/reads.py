"""What members and visitors ask of likes."""

from collections.abc import Callable
from typing import TypeVar

from functions.like.model import Counts, KnownPost, LikedPost, Liker, Standing
from functions.like.store.rows import Row, like_of, liked_post_of, liker_of, post_of
from shared.databases.surreal import Surreal
from shared.pages import Page, decode_cursor, encode_cursor

T = TypeVar("T")

LIKE = "SELECT * FROM ONLY type::record('likes', [$user, $post])"
COUNT = """
    RETURN {
        tallies: (SELECT post, likes FROM $posts.map(|$post| type::record('tallies', [$post]))),
        mine: (
            SELECT VALUE post FROM $posts.map(|$post| type::record('likes', [$user, $post]))
            WHERE liked = true
        )
    }
"""
# In the order of the index, whose last field is the place: for ORDER BY, the engine would read
# every like of the post. It also applies LIMIT before it filters, so that the index must answer
# every condition, and does.
LIKES_OF_POST = """
    SELECT user, changed_at, place FROM likes WITH INDEX likes_of_post
    WHERE post = $of AND liked = true AND place > $place LIMIT $limit
"""
LIKES_OF_USER = """
    SELECT post, changed_at, place FROM likes WITH INDEX likes_of_user
    WHERE user = $of AND liked = true AND place > $place LIMIT $limit
"""
POST = "SELECT *, record::id(id) AS id FROM ONLY type::record('posts', $post)"


class Reads:
    database: Surreal

    async def standing(self, post_id: str, user_id: str) -> Standing:
        """Tell how the member stands to the post."""
        [row] = await self.database.query(LIKE, user=user_id, post=post_id)
        return like_of(row).standing if row else Standing(post_id, liked=False, revision=0)

    async def count(self, posts: list[str], user_id: str) -> Counts:
        [found] = await self.database.query(COUNT, posts=posts, user=user_id)
        tallies = {tally["post"]: tally["likes"] for tally in found["tallies"]}
        return Counts({post: tallies.get(post, 0) for post in posts}, found["mine"])

    async def likers(self, post_id: str, cursor: str | None, limit: int) -> Page[Liker]:
        """List who likes the post, the newest like first."""
        return await self._page(LIKES_OF_POST, post_id, cursor, limit, liker_of)

    async def liked(self, user_id: str, cursor: str | None, limit: int) -> Page[LikedPost]:
        """List what the member likes, the newest like first."""
        return await self._page(LIKES_OF_USER, user_id, cursor, limit, liked_post_of)

    async def post(self, post_id: str) -> KnownPost | None:
        """Give what is known of the post, or None."""
        [row] = await self.database.query(POST, post=post_id)
        return post_of(row) if row else None

    async def _page(
        self, query: str, of: str, cursor: str | None, limit: int, entity: Callable[[Row], T]
    ) -> Page[T]:
        [place] = decode_cursor(cursor, 1, types=(str,)) if cursor else [""]
        [rows] = await self.database.query(query, of=of, place=place, limit=limit + 1)
        more = len(rows) > limit
        items = [entity(row) for row in rows[:limit]]
        return Page(items, encode_cursor(rows[limit - 1]["place"]) if more else None)
