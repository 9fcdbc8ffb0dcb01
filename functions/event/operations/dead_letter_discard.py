"""Decide that dead letters are not to be sent, and say why."""

from typing import Annotated

import msgspec

from functions.event.model import Decided
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint

ENDPOINT = Endpoint("POST", ADMINS)


class DiscardDeadLetters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Annotated[list[str], msgspec.Meta(min_length=1, max_length=1000)]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


async def handle(request: DiscardDeadLetters, context: Context[Store]) -> Decided:
    ids = list(dict.fromkeys(request.ids))
    return await context.store.discard(ids, context.caller.id, context.now, request.why)
