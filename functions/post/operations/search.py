"""Find published posts by their words: "a phrase", this or that, -without."""

from typing import Annotated

import msgspec

from functions.post import model
from functions.post.model import Filter, Finding, SearchSort
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class SearchPosts(msgspec.Struct, frozen=True):
    q: Annotated[str, msgspec.Meta(min_length=1, max_length=model.QUERY)]
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] = ""
    tag: Annotated[str, msgspec.Meta(max_length=model.TAG)] = ""
    author: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sort: SearchSort = "relevance"
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: SearchPosts, context: Context[Store]) -> Page[Finding]:
    chosen = Filter.of(request.category, request.tag, request.author)
    return await context.store.search(
        model.query_of(request.q), chosen, request.sort, request.cursor, request.limit
    )
