"""Keep every event, once, at its place in the log, as many at a time as wait."""

from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event

# As much as a message may hold: an event that is not kept here is kept nowhere.
ENDPOINT = Endpoint("POST", SERVICES, inbox=False, body_limit=16 * 1024 * 1024)


async def handle(events: list[Event], context: Context[Store]) -> None:
    appended = await context.store.append(events)
    for clash in appended.clashing:
        context.log.error(
            "event kept apart",
            event_id=clash.event.id,
            subject=clash.event.subject,
            revision=clash.event.revision,
            kept_id=clash.kept,
        )
