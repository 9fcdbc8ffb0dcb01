"""Tell of the pictures whose tags in ImageKit say that somebody has to be told."""

from functions.media import events
from functions.media.model import Found
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)
BATCH = 50


async def handle(context: Context[Store]) -> dict[str, int]:
    pending = await context.store.pending(BATCH)
    found = [file for file in pending if not file.restless(context.now)]
    told: list[Found] = []
    published = 0
    try:
        for file in found:
            if not file.flaw:
                for event in events.pending(file):
                    await context.broker.publish(event)
                    published += 1
                told.append(file)
    finally:
        # After the events, never before: what is told twice has the same id.
        await context.store.settle(told)
    for file in found:
        if file.flaw:
            await refuse(file, context)
    return {"published": published}


async def refuse(file: Found, context: Context[Store]) -> None:
    """Throw away what a member uploaded in place of a picture; spare a stranger's file."""
    if file.owner:
        await context.store.remove(file.id)
    else:
        await context.store.spare(file)
    context.log.warning(
        "upload refused", picture_id=file.id, owner=file.owner, reason=file.flaw
    )
