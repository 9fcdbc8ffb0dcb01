"""Publish what an interrupted call left in the outbox."""

from functions.drill.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(context: Context[Store]) -> dict[str, int]:
    return {"published": await context.relay()}
