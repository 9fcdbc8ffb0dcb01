"""Tell how the log and the dead letters stand."""

import msgspec

from functions.event.model import Stats
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint

ENDPOINT = Endpoint("GET", ADMINS)

# Every console asks again and again; the log is asked once for all of them.
SECONDS = 3


async def handle(context: Context[Store]) -> Stats:
    async def count() -> bytes:
        return msgspec.json.encode(await context.store.stats())

    stats = await context.store.cache.kept("event-stats", SECONDS, count)
    return msgspec.json.decode(stats, type=Stats)
