"""Count published posts, in all and by category."""

from typing import Annotated

import msgspec

from functions.post import model
from functions.post.model import Counted, Filter
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint

ENDPOINT = Endpoint("GET", ANYONE)


class CountPosts(msgspec.Struct, frozen=True):
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] = ""
    tag: Annotated[str, msgspec.Meta(max_length=model.TAG)] = ""
    author: Annotated[str, msgspec.Meta(max_length=200)] = ""


async def handle(request: CountPosts, context: Context[Store]) -> Counted:
    chosen = Filter.of(request.category, request.tag, request.author)
    return await context.store.counts(chosen)
