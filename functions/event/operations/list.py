"""List what happened, in the order in which it was kept."""

from typing import Annotated, Literal

import msgspec

from functions.event.model import StoredEvent, Topics
from functions.event.store import BEYOND, Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS_AND_SERVICES)


class ListEvents(msgspec.Struct, frozen=True):
    """`type` is a comma list of topics; `after` a sequence, `cursor` where a page ended."""

    type: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    after: Annotated[int, msgspec.Meta(ge=0, le=BEYOND)] = 0
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    order: Literal["asc", "desc"] = "asc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


async def handle(request: ListEvents, context: Context[Store]) -> Page[StoredEvent]:
    topics = Topics.parse(request.type)
    if request.order == "desc":
        return await context.store.newest(topics, request.cursor, request.limit)
    return await context.store.after(request.after, topics, request.cursor, request.limit)
