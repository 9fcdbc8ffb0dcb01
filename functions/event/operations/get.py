"""Give one event."""

from typing import Annotated

import msgspec

from functions.event.model import StoredEvent
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ADMINS_AND_SERVICES, raises=(NotFound,))


class GetEvent(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: GetEvent, context: Context[Store]) -> StoredEvent:
    return await context.store.event(request.id)
