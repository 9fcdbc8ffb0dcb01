"""Tell which effects happened, and how often."""

from functions.faulty.model import Effect
from functions.faulty.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint

ENDPOINT = Endpoint("GET", ANYONE)


async def handle(context: Context[Store]) -> list[Effect]:
    return await context.store.effects()
