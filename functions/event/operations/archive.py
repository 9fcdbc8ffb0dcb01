"""Move the archive on: old partitions go to S3, and are dropped once they are there."""

import asyncio
from collections import Counter
from datetime import timedelta

from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint

ENDPOINT = Endpoint("POST", ADMINS_AND_SERVICES)

# A call begins no step after so long, and the next one goes on where it ended.
SECONDS = 5.0


async def handle(context: Context[Store]) -> dict[str, int]:
    store, steps = context.store, Counter[str]()
    if store.bucket is None or not await store.hold_archive():
        return {}
    before = context.now - timedelta(days=context.settings.archive_after_days)
    clock = asyncio.get_running_loop().time
    ends = clock() + SECONDS
    try:
        while clock() < ends:
            step = await store.archive_on(before, context.caller.id, context.now)
            if not step:
                break
            steps[step] += 1
    finally:
        await store.release_archive()
    return dict(steps)
