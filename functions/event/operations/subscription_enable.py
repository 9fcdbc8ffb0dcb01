"""Tell a subscription of events again that was disabled because nothing came through."""

from typing import Annotated

import msgspec

from functions.event.model import Subscription
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("POST", ADMINS, raises=(NotFound,))


class EnableSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happened while it was disabled is not told. One that is active stays as it is."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: EnableSubscription, context: Context[Store]) -> Subscription:
    by, at = context.caller.id, context.now
    return await context.store.enable(request.id, by, at, request.why)
