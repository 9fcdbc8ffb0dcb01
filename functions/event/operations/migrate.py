"""Bring the schema of the log up to date."""

from functions.event.store import SCHEMA, Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, migrates=True)


async def handle(context: Context[Store]) -> dict[str, list[str]]:
    applied = await context.store.database.migrate(SCHEMA)
    await context.store.forget_left(context.now)
    return {"applied": applied}
