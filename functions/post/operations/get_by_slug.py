"""Show the post of an address."""

from typing import Annotated

import msgspec

from functions.post.model import Post
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(NotFound,))


class GetPostBySlug(msgspec.Struct, frozen=True):
    slug: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


async def handle(request: GetPostBySlug, context: Context[Store]) -> Post:
    return await context.store.get_by_slug(request.slug, context.caller)
