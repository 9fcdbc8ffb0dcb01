"""Count events, by statements that count again when they are run again."""

from typing import Any

from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event

ENDPOINT = Endpoint("POST", SERVICES)


async def one(event: Event, context: Context[Any]) -> None:
    await context.store.count([event])


async def many(events: list[Event], context: Context[Any]) -> None:
    await context.store.count(events)
