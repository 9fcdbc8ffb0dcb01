"""Try one delivery: post an event to a callback, signed, and note how it went."""

from datetime import timedelta

from functions.event import callbacks, events
from functions.event.model import Due
from functions.event.store import Store
from proto.event.v1.events_pb2 import DeliveryDue
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import NotFound, Unavailable

# A delivery is tried once by each number, whoever is told of it how often.
ENDPOINT = Endpoint("POST", SERVICES, inbox=False)

# Fan-out and log take an event at the same time; what is not there so late was kept apart, and
# comes no more.
KEEPING = timedelta(minutes=5)


async def handle(message: DeliveryDue, context: Context[Store]) -> None:
    due = Due(message.id, message.attempt)
    found = await context.store.event_of(due.delivery)
    if found is None:
        return  # it was settled so long ago that it is forgotten
    event_id, since = found
    try:
        event = await context.store.event(event_id)
    except NotFound:
        if context.now - since < KEEPING:
            raise Unavailable(f"the event {event_id} is not kept yet") from None
        await context.store.give_up(due, "the log has no event of this id", context.now)
        return
    attempt = await context.store.attempt(due, context.now)
    if attempt is None:
        return
    told = (event.id, events.outgoing(event))
    outcome = await callbacks.post(
        attempt.url, attempt.subscription, told, context.settings, context.now
    )
    if await context.store.tried(attempt, outcome, context.now):
        context.log.warning("subscription disabled", subscription=attempt.subscription)
