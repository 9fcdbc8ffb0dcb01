"""Mend the event of a dead letter, so that a retry sends the mended one."""

from typing import Annotated, Any

import msgspec

from functions.event.model import DeadLetter
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, NotFound
from shared.events import Event

ENDPOINT = Endpoint("PATCH", ADMINS, body_limit=1024 * 1024, raises=(NotFound, Conflict))


class EditDeadLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`event` is the whole envelope; it keeps its id, if what came had one."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    event: dict[str, Any]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: EditDeadLetter, context: Context[Store]) -> DeadLetter:
    body = msgspec.json.encode(request.event)
    event = Event.decode(body)
    return await context.store.edit(
        request.id, event.id, body, by=context.caller.id, at=context.now, why=request.why
    )
