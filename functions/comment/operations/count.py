"""Count the comments of many posts at once."""

from typing import Annotated

import msgspec

from functions.comment.model import Counted
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import Invalid
from shared.ids import is_id

ENDPOINT = Endpoint("GET", ANYONE, etag=True)
MOST = 100


class CountComments(msgspec.Struct, frozen=True):
    # Ids of posts with commas between them.
    post_ids: Annotated[str, msgspec.Meta(min_length=1, max_length=40 * MOST)]


async def handle(request: CountComments, context: Context[Store]) -> Counted:
    posts = list(dict.fromkeys(request.post_ids.split(",")))
    if len(posts) > MOST:
        raise Invalid(f"post_ids must name 1 to {MOST} posts, got {len(posts)}")
    for post_id in posts:
        if not is_id(post_id):
            raise Invalid(f"post_ids must be ids with commas between them, got {post_id!r}")
    return await context.store.count(posts)
