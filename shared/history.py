"""The whole log of events, as the event service lists it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

import msgspec

from shared.errors import Problem, Unavailable
from shared.events import Event

_LOOK_AGAIN_SECONDS = 0.25
# A page that does not come is asked for so often: who reads the log has begun something.
_ATTEMPTS = 20
_PAGE = 200
# Where events wait until the log has them.
_STORE = "fn.event-store"


class Asking(Protocol):
    """What is asked of other functions."""

    async def get(self, function: str, **query: str) -> dict[str, Any]: ...


class Counting(Protocol):
    """What is asked of the broker."""

    async def depth(self, queue: str) -> int: ...


async def stored(broker: Counting, patience: float) -> None:
    """Return once nothing waits to be stored; raises Problem when that takes too long."""
    late = monotonic() + patience
    while waiting := await broker.depth(_STORE):
        if monotonic() > late:
            raise Problem(
                f"{waiting} events wait in {_STORE}, and consumers may have had them: run the"
                " same command again when they are stored"
            )
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def history(
    calls: Asking, types: Iterable[str], until: float
) -> AsyncIterator[list[Event]]:
    """Give the log to its end, and for a while what comes after it.

    Where the archive is searched, a page may hold little or nothing and not be the last.
    """
    asked, place = {"type": ",".join(types), "limit": str(_PAGE)}, {"after": "0"}
    while True:
        late = monotonic() > until
        page = await _page(calls, {**asked, **place})
        yield [msgspec.convert(item, Event) for item in page["items"]]
        if page["next"] is not None:
            place = {"cursor": page["next"]}
            continue
        if late:
            return
        if page["items"]:
            place = {"after": str(page["items"][-1]["sequence"])}
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)


async def _page(calls: Asking, query: Mapping[str, str]) -> dict[str, Any]:
    for _ in range(_ATTEMPTS - 1):
        with suppress(Unavailable):
            return await calls.get("event-list", **query)
        await asyncio.sleep(_LOOK_AGAIN_SECONDS)
    return await calls.get("event-list", **query)
