"""Decide that dead letters are not to be sent, and say why: these, or all of a cause."""

from datetime import datetime
from typing import Annotated

import msgspec

from functions.event.model import Decided, Seen
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict

ENDPOINT = Endpoint("POST", ADMINS, raises=(Conflict,))


class DiscardDeadLetters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `ids`, or a `cause` with the `seen_until` that its listing gave."""

    why: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    ids: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    cause: Annotated[str, msgspec.Meta(max_length=100)] = ""
    seen_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


async def handle(request: DiscardDeadLetters, context: Context[Store]) -> Decided:
    which = Seen.of(request.ids, request.cause, request.seen_until)
    return await context.store.discard(which, context.caller.id, context.now, request.why)
