"""Count many events at a time, but not those that fail at their first attempt."""

from functions.postgres.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(events: list[Event], context: Context[Store]) -> None:
    flaky = set(await context.store.first_of_flaky(events, context.now))
    for event in events:
        if event.id in flaky:
            context.fail(event)
    if counted := [event for event in events if event.id not in flaky]:
        await context.store.count(counted)
