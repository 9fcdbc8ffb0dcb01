"""What the consumers do: note each attempt, or have an effect once."""

from functions.drill.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.errors import Conflict
from shared.events import Event

# Without an inbox, so that each attempt has its row.
NOTING = Endpoint("POST", SERVICES, inbox=False)
COUNTING = Endpoint("POST", SERVICES)
# Its effects are told apart by the trial that has events told again.
RETOLD = Endpoint("POST", SERVICES, replayable=True)


async def note(event: Event, context: Context[Store]) -> None:
    """Note the attempt, also one that fails as the event says."""
    await context.store.note(context.function, [event], _attempt(context))
    _fail(event, context)


async def count(event: Event, context: Context[Store]) -> None:
    """Have an effect after as many failures as the event says."""
    _fail(event, context)
    await context.store.note(context.function, [event], _attempt(context))


async def many(events: list[Event], context: Context[Store]) -> None:
    """Have an effect for each of as many events as are handed over."""
    await context.store.note(context.function, events, 1)


def _attempt(context: Context[Store]) -> int:
    return int(context.request.headers["fanfold-attempt"])


def _fail(event: Event, context: Context[Store]) -> None:
    if (attempt := _attempt(context)) <= event.data.get("fail", 0):
        raise Conflict(f"attempt {attempt} was to fail")
