"""Count the comments of many posts at once."""

from typing import Annotated

import msgspec

from functions.comment.model import Counted
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.ids import ids_of

ENDPOINT = Endpoint("GET", ANYONE, etag=True)
MOST = 100


class CountComments(msgspec.Struct, frozen=True):
    # Ids of posts with commas between them.
    post_ids: Annotated[str, msgspec.Meta(min_length=1, max_length=40 * MOST)]


async def handle(request: CountComments, context: Context[Store]) -> Counted:
    posts = ids_of("post_ids", request.post_ids, MOST)
    return await context.store.count(posts)
