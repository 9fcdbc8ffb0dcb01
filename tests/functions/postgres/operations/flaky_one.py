"""Count one event at a time, and fail at the first attempt of every other one."""

from functions.postgres.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(event: Event, context: Context[Store]) -> None:
    if await context.store.first_of_flaky([event], context.now):
        raise RuntimeError(f"event {event.id} fails at its first attempt")
    await context.store.count([event])
