"""Make one delivery of each event for each subscription that asks for it."""

from functions.event import events
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import Unavailable
from shared.events import Event

# A delivery is unique by event and subscription.
ENDPOINT = Endpoint("POST", SERVICES, inbox=False, body_limit=16 * 1024 * 1024)


async def handle(happened: list[Event], context: Context[Store]) -> None:
    due = await context.store.fan_out(happened, context.now)
    try:
        await events.tell_due(context.broker, due, context.now)
    except Unavailable as error:
        await context.store.hasten(due)
        context.log.warning("deliveries left to the relay", reason=str(error))
