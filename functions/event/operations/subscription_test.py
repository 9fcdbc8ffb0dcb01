"""Post an event of no meaning to a callback, now and once, and say what it answered."""

from typing import Annotated

import msgspec

from functions.event import callbacks, events
from functions.event.model import Outcome
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("POST", ADMINS, raises=(NotFound,))

TYPE = "custom.subscription.test"


class TestSubscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Tested(msgspec.Struct, frozen=True):
    """`status` is what the callback answered, 0 when it did not; `error` says what is wrong."""

    event_id: str
    arrived: bool
    status: int
    error: str


async def handle(request: TestSubscription, context: Context[Store]) -> Tested:
    found = await context.store.subscription(request.id)
    event = events.custom(TYPE, f"subscription/{found.id}", {}, context.now)
    told = (event.id, event.encode())
    outcome: Outcome = await callbacks.post(
        found.url, found.id, told, context.settings, context.now
    )
    await context.store.add_deed(
        context.now,
        who=context.caller.id,
        what="subscription tested",
        target=found.id,
        why=request.why,
        count=1,
    )
    return Tested(event.id, outcome.arrived, outcome.status, outcome.error)
