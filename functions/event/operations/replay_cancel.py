"""End a run before its end; dead letters that it has not sent wait again."""

from typing import Annotated

import msgspec

from functions.event.model import Phase, Run
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("POST", ADMINS, raises=(NotFound, Conflict))


class CancelRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: CancelRun, context: Context[Store]) -> Run:
    by, at = context.caller.id, context.now
    return await context.store.turn(request.id, Phase.CANCELLED, by=by, at=at, why=request.why)
