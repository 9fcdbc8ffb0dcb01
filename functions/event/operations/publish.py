"""Let an event of one's own happen: of a type under `custom.`, and of no other."""

from typing import Annotated, Any

import msgspec

from functions.event import events
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.events import Event

ENDPOINT = Endpoint("POST", ADMINS, status=202)

CUSTOM = r"^custom(\.[a-z][a-z0-9-]*){1,8}$"


class PublishEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Annotated[str, msgspec.Meta(pattern=CUSTOM, max_length=200)]
    subject: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    data: dict[str, Any]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: PublishEvent, context: Context[Store]) -> Event:
    event = events.custom(request.type, request.subject, request.data, context.now)
    return await context.store.publish(event, context.caller.id, request.why)
