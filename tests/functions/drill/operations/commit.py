"""Commit an event, and note when."""

import msgspec

from functions.drill.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event
from shared.ids import new_id

ENDPOINT = Endpoint("POST", SERVICES, status=201)


class Commit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str
    subject: str


async def handle(request: Commit, context: Context[Store]) -> dict[str, str]:
    event = Event(
        id=new_id(context.now),
        type=request.type,
        source="/fanfold/drill",
        subject=request.subject,
        time=context.now,
        dataschema="",
        data={},
        revision=1,
    )
    await context.store.commit(event)
    return {"id": event.id}
