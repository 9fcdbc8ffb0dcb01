"""Count the likes of many posts at once, and name those the caller likes."""

from typing import Annotated

import msgspec

from functions.like.model import Counts
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.ids import ids_of

ENDPOINT = Endpoint("GET", ANYONE, etag=True)
MOST = 100


class CountLikes(msgspec.Struct, frozen=True):
    # Ids of posts with commas between them.
    post_ids: Annotated[str, msgspec.Meta(min_length=1, max_length=40 * MOST)]


async def handle(request: CountLikes, context: Context[Store]) -> Counts:
    posts = ids_of("post_ids", request.post_ids, MOST)
    return await context.store.count(posts, context.caller.id)
