"""Announce the pictures whose tag in ImageKit says that nobody was told of them yet."""

from functions.media import events
from functions.media.model import Found
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)
BATCH = 50


async def handle(context: Context[Store]) -> dict[str, int]:
    found = await context.store.unsent(BATCH)
    sent: list[str] = []
    try:
        for file in found:
            if not file.flaw:
                await context.broker.publish(events.media_uploaded(file))
                sent.append(file.id)
    finally:
        # After the event, never before: what is announced twice has the same id.
        await context.store.mark_sent(sent)
    for file in found:
        if file.flaw:
            await refuse(file, context)
    return {"published": len(sent)}


async def refuse(file: Found, context: Context[Store]) -> None:
    """Throw away what a member uploaded in place of a picture; spare a stranger's file."""
    if file.owner:
        await context.store.remove(file.id)
    else:
        await context.store.mark_sent([file.id])
    context.log.warning(
        "upload refused", picture_id=file.id, owner=file.owner, reason=file.flaw
    )
