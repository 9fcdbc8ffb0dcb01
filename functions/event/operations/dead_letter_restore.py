"""Let dead letters wait again that were discarded."""

from typing import Annotated

import msgspec

from functions.event.model import Decided
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint

ENDPOINT = Endpoint("POST", ADMINS)


class RestoreDeadLetters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=1000)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: RestoreDeadLetters, context: Context[Store]) -> Decided:
    ids = list(dict.fromkeys(request.ids))
    return await context.store.restore(ids, context.caller.id, context.now, request.why)
