"""List who is told of events, and how that goes."""

from typing import Annotated

import msgspec

from functions.event.model import Delivery, Subscription
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS)


class ListSubscriptions(msgspec.Struct, frozen=True):
    """With an `id`, the deliveries of that subscription."""

    id: Annotated[str, msgspec.Meta(max_length=100)] = ""
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(
    request: ListSubscriptions, context: Context[Store]
) -> Page[Subscription] | Page[Delivery]:
    if request.id:
        return await context.store.deliveries(request.id, request.cursor, request.limit)
    return await context.store.subscriptions(request.cursor, request.limit)
