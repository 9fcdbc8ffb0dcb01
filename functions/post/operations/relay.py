"""Publish the events of posts that an interrupted call left, and settle recent visits."""

from functions.post.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(context: Context[Store]) -> dict[str, int]:
    await context.store.settle_visits(context.now)
    return {"published": await context.relay()}
