"""Send nothing more to a callback, not even what waits for it."""

from typing import Annotated

import msgspec

from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("DELETE", ADMINS, raises=(NotFound,))


class Unsubscribe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: Unsubscribe, context: Context[Store]) -> None:
    by, at = context.caller.id, context.now
    await context.store.unsubscribe(request.id, by, at, request.why)
