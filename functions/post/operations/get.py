"""Show one post."""

from uuid import UUID

import msgspec

from functions.post.model import Post
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint

ENDPOINT = Endpoint("GET", ANYONE)


class GetPost(msgspec.Struct, frozen=True):
    id: UUID


async def handle(request: GetPost, context: Context[Store]) -> Post:
    return await context.store.get(str(request.id))
