"""Bring the tables to the newest schema."""

from pathlib import Path

from functions.drill.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, migrates=True)
SCHEMA = Path(__file__).parents[1] / "schema"


async def handle(context: Context[Store]) -> dict[str, list[str]]:
    return {"applied": await context.store.database.migrate(SCHEMA)}
