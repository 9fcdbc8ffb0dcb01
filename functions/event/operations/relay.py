"""Publish the events that interrupted calls left, and tell of deliveries that are due."""

from random import random

from functions.event import events
from functions.event.store import Store
from functions.event.store.shares import SHARE
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import Unavailable

ENDPOINT = Endpoint("POST", SERVICES)

# Every 2.5 s by the clock: once in four minutes, by chance, so that no state has to be kept.
PURGE_CHANCE = 1 / 100
# While somebody has more than a share due: up to 2,500 deliveries, a thousand a second.
ROUNDS = 5


async def handle(context: Context[Store]) -> dict[str, int]:
    published, told = await context.relay(), 0
    for _ in range(ROUNDS):
        due = await context.store.due()
        try:
            await events.tell_due(context.broker, due, context.now)
        except Unavailable:
            await context.store.hasten(due)
            raise
        told += len(due)
        if len(due) < SHARE:
            break
    if random() < PURGE_CHANCE:  # noqa: S311 - decides when to tidy up
        await context.store.purge_deliveries(context.now)
    return {"published": published, "due": told}
