"""List what happened, in the order in which it was kept."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from functions.event.model import BEYOND, Slice, StoredEvent, Topics
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS_AND_SERVICES)

Place = Annotated[int, msgspec.Meta(ge=0, le=BEYOND)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class ListEvents(msgspec.Struct, frozen=True):
    """`type` is a comma list of topics; `after` and `before` are sequences.

    `since` and `until` are the times at which events were kept. `cursor` is where a page ended.
    """

    type: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    subject: Annotated[str, msgspec.Meta(max_length=500)] = ""
    correlation: Annotated[str, msgspec.Meta(max_length=200)] = ""
    after: Place = 0
    before: Place = BEYOND
    since: Moment | None = None
    until: Moment | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    order: Literal["asc", "desc"] = "asc"
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


async def handle(request: ListEvents, context: Context[Store]) -> Page[StoredEvent]:
    part = Slice(
        topics=Topics.parse(request.type),
        subject=request.subject,
        correlation=request.correlation,
        after=request.after,
        before=request.before,
        since=request.since,
        until=request.until,
    )
    newest = request.order == "desc"
    return await context.store.page(part, request.cursor, request.limit, newest=newest)
