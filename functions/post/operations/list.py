"""List published posts by category, tag or author, in the order asked for."""

from typing import Annotated

import msgspec

from functions.post import model
from functions.post.model import Filter, Headline, Sort
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListPosts(msgspec.Struct, frozen=True):
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] = ""
    tag: Annotated[str, msgspec.Meta(max_length=model.TAG)] = ""
    author: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sort: Sort = "newest"
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListPosts, context: Context[Store]) -> Page[Headline]:
    chosen = Filter.of(request.category, request.tag, request.author)
    return await context.store.page(chosen, request.sort, request.cursor, request.limit)
