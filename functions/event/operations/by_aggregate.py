"""Tell the history of one aggregate."""

from typing import Annotated

import msgspec

from functions.event.model import StoredEvent
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS_AND_SERVICES)


class History(msgspec.Struct, frozen=True):
    aggregate: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


async def handle(request: History, context: Context[Store]) -> Page[StoredEvent]:
    return await context.store.of(request.aggregate, request.cursor, request.limit)
