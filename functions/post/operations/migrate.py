"""Bring the schema of posts up to date."""

from functions.post.store import SCHEMA, Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, migrates=True)


async def handle(context: Context[Store]) -> dict[str, list[str]]:
    return {"applied": await context.store.database.migrate(SCHEMA)}
