"""Send many dead letters to their functions once more: those that were seen, at a rate."""

from datetime import datetime
from typing import Annotated

import msgspec

from functions.event.model import Kind, Run
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, Invalid
from shared.ids import new_id

ENDPOINT = Endpoint("POST", ADMINS, status=202, body_limit=1024 * 1024, raises=(Conflict,))


class RetryDeadLetters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either `ids`, or a `cause` with the `seen_until` that its listing gave.

    The run that is answered can be paused, resumed and cancelled as a replay can.
    """

    ids: Annotated[list[str], msgspec.Meta(max_length=10_000)] = []
    cause: Annotated[str, msgspec.Meta(max_length=100)] = ""
    seen_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    rate: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: RetryDeadLetters, context: Context[Store]) -> Run:
    by_cause = bool(request.cause) and request.seen_until is not None
    if bool(request.ids) is by_cause:
        raise Invalid("a retry takes either ids, or cause and seen_until")
    run = Run(
        id=new_id(context.now),
        kind=Kind.RETRY,
        types=[],
        total=0,
        rate=request.rate,
        started_by=context.caller.id,
        started_at=context.now,
    )
    return await context.store.start_retry(
        run, request.why, ids=request.ids, cause=request.cause, seen_until=request.seen_until
    )
