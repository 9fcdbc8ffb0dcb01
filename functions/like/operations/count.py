"""Count the likes of many posts at once, and name those the caller likes."""

from typing import Annotated

import msgspec

from functions.like.model import Counts
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import Invalid
from shared.ids import is_id

ENDPOINT = Endpoint("GET", ANYONE, etag=True)
MOST = 100


class CountLikes(msgspec.Struct, frozen=True):
    # Ids of posts with commas between them.
    post_ids: Annotated[str, msgspec.Meta(min_length=1, max_length=40 * MOST)]


async def handle(request: CountLikes, context: Context[Store]) -> Counts:
    posts = list(dict.fromkeys(request.post_ids.split(",")))
    if len(posts) > MOST:
        raise Invalid(f"post_ids must name 1 to {MOST} posts, got {len(posts)}")
    for post_id in posts:
        if not is_id(post_id):
            raise Invalid(f"post_ids must be ids with commas between them, got {post_id!r}")
    return await context.store.count(posts, context.caller.id)
