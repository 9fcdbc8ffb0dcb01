"""List the published posts of a category, the newest first."""

from typing import Annotated

import msgspec

from functions.post import model
from functions.post.model import Filter, Headline
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListCategory(msgspec.Struct, frozen=True):
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=model.CATEGORY)]
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListCategory, context: Context[Store]) -> Page[Headline]:
    chosen = Filter(category=model.category_of(request.category))
    return await context.store.page(chosen, "newest", request.cursor, request.limit)
