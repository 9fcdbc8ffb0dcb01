"""Tell a slice of the log to one function again, and to nobody else."""

from datetime import datetime
from typing import Annotated

import msgspec

from functions.event.model import BEYOND, Run, Slice, Topics, check_replays
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, NotFound
from shared.ids import new_id

ENDPOINT = Endpoint("POST", ADMINS, raises=(NotFound, Conflict))

Place = Annotated[int, msgspec.Meta(ge=0, le=BEYOND)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Replay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slice as event-list takes it; it ends at what is there now.

    With `dry_run` it is counted only. `rate` is how many events a second it may take.
    """

    function: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,100}$")]
    type: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    subject: Annotated[str, msgspec.Meta(max_length=500)] = ""
    after: Place = 0
    before: Place = BEYOND
    since: Moment | None = None
    until: Moment | None = None
    dry_run: bool = True
    rate: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: Replay, context: Context[Store]) -> Run:
    takes = await context.calls.takes_replays(request.function)
    check_replays(request.function, takes=takes)
    part = Slice(
        topics=Topics.parse(request.type),
        subject=request.subject,
        after=request.after,
        before=request.before,
        since=request.since,
        until=request.until,
    )
    counted = await context.store.counted(part)
    by, at = context.caller.id, context.now
    run = Run.planned(request.function, part, counted, rate=request.rate, by=by, at=at)
    if request.dry_run:
        return run
    return await context.store.start_replay(run.begun(new_id(at)), request.why)
