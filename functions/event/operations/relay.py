"""Publish the events that interrupted calls left, and tell of deliveries that are due."""

from random import random

from functions.event import events
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import Unavailable

ENDPOINT = Endpoint("POST", SERVICES)

# Once in half an hour, by chance, so that no state has to be kept.
PURGE_CHANCE = 1 / 1200


async def handle(context: Context[Store]) -> dict[str, int]:
    published = await context.relay()
    due = await context.store.due()
    try:
        await events.tell_due(context.broker, due, context.now)
    except Unavailable:
        await context.store.hasten(due)
        raise
    if random() < PURGE_CHANCE:  # noqa: S311 - decides when to tidy up
        await context.store.purge_deliveries()
    return {"published": published, "due": len(due)}
