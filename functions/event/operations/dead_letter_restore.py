"""Let dead letters wait again that were discarded: these, or all of a cause."""

from datetime import datetime
from typing import Annotated

import msgspec

from functions.event.model import Decided, Seen
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict

ENDPOINT = Endpoint("POST", ADMINS, raises=(Conflict,))

Time = Annotated[datetime, msgspec.Meta(tz=True)]


class RestoreDeadLetters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `ids`, or a `cause` with the `seen_until` that its listing gave.

    `seen_from` leaves out what was discarded before: what a decision answered as `at` is both,
    if that decision alone is taken back.
    """

    ids: Annotated[list[str], msgspec.Meta(max_length=1000)] = []
    cause: Annotated[str, msgspec.Meta(max_length=100)] = ""
    seen_from: Time | None = None
    seen_until: Time | None = None
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: RestoreDeadLetters, context: Context[Store]) -> Decided:
    which = Seen.of(request.ids, request.cause, request.seen_until, request.seen_from)
    return await context.store.restore(which, context.caller.id, context.now, request.why)
