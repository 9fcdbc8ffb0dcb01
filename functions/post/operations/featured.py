"""List the posts that administrators feature, the newest first."""

from typing import Annotated

import msgspec

from functions.post.model import Filter, Headline
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListFeatured(msgspec.Struct, frozen=True):
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListFeatured, context: Context[Store]) -> Page[Headline]:
    return await context.store.page(
        Filter(), "newest", request.cursor, request.limit, featured=True
    )
