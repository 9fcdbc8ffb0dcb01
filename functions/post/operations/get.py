"""Show one post."""

from uuid import UUID

import msgspec

from functions.post.model import Post
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(NotFound,))


class GetPost(msgspec.Struct, frozen=True):
    id: UUID


async def handle(request: GetPost, context: Context[Store]) -> Post:
    return await context.store.get(str(request.id), context.caller)
