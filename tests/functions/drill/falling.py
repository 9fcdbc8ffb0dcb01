"""What the consumers of the poison trial do: work a little, and fall of what is poison."""

import asyncio
import os
import signal

from functions.drill.store import Store
from shared.context import Context
from shared.events import Event

WORK = 0.005


async def one(event: Event, context: Context[Store]) -> None:
    """Have an effect of an event, unless it is poison."""
    match event.data.get("poison"):
        case "fells":
            # In the midst of what others have in flight here.
            await asyncio.sleep(WORK / 2)
            os.kill(os.getpid(), signal.SIGKILL)
        case "fails":
            raise RuntimeError("this event cannot be handled")
    await asyncio.sleep(WORK)
    await context.store.note(context.function, [event], 1)


async def many(events: list[Event], context: Context[Store]) -> None:
    """Have an effect of each, and name those that are poison."""
    for event in events:
        if event.data.get("poison"):
            context.fail(event)
    await asyncio.sleep(WORK)
    if good := [event for event in events if not event.data.get("poison")]:
        await context.store.note(context.function, good, 1)
