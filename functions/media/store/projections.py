"""What others' events change here: the pictures of a post or a member go with it."""

from functions.media.model import DELETING, OWNER, POST
from functions.media.store.reads import tagged
from functions.media.store.writes import Writes

BATCH = 200  # Files that one call of a consumer changes at most.


class Projections(Writes):
    async def forget_post(self, post_id: str) -> bool:
        """Hide the post's pictures until the relay removes them; tell whether more wait."""
        return await self._forget(f"{POST}{post_id}")

    async def forget_owner(self, owner: str) -> bool:
        return await self._forget(f"{OWNER}{owner}")

    async def _forget(self, tag: str) -> bool:
        query = f'{tagged(tag)} AND tags NOT IN ["{DELETING}"]'
        found = await self.search(query, BATCH)
        await self.bury([one.id for one in found])
        return len(found) == BATCH
