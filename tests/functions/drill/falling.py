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
    await many([event], context)


async def many(events: list[Event], context: Context[Store]) -> None:
    """Have an effect of each; one of them that is poison spoils the call for all."""
    for event in events:
        await _meet(event)
    await asyncio.sleep(WORK)
    await context.store.note(context.function, events, 1)


async def _meet(event: Event) -> None:
    match event.data.get("poison"):
        case "fells":
            # In the midst of what others have in flight here.
            await asyncio.sleep(WORK / 2)
            os.kill(os.getpid(), signal.SIGKILL)
        case "fails":
            raise RuntimeError("this event cannot be handled")
