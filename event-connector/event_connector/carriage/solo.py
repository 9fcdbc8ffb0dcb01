"""Let calls of one function run side by side, and those it may have died of one at a time.

A suspect's call runs with nothing else in flight: if the function falls again, nobody else can
have done it, and nobody else dies with it. Such calls stop the others, so they wait until no
other event does, or until their share of the time has come.
"""

import asyncio
import heapq
import itertools
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# Of the time, for suspects while others wait: from when the others are stopped until they go
# on, which is not before the function is there again that fell.
SHARE = 0.01
# Seconds that add up for them while there are none: a few innocents need not wait.
SAVED = 0.05
# However long their calls take, the next one has its turn after so many seconds.
LONGEST = 20.0


class Company:
    """Tells of one call whether others were in flight with it."""

    def __init__(self, solo: "Solo") -> None:
        self._solo = solo
        self._beside = solo.under_way > 1
        self._entered = solo.entered

    @property
    def any(self) -> bool:
        return self._beside or self._solo.entered != self._entered


class Solo:
    """The calls of one function: `among` others, or `alone`.

    `waiting` counts the events that wait and that nobody suspects.
    """

    def __init__(self, waiting: Callable[[], int]) -> None:
        self._waiting = waiting
        self.under_way = 0
        self.entered = 0
        self._held_up = 0
        self._taken = False
        self._suspects: list[tuple[int, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        # The function has fallen, and has not answered since.
        self._down = False
        # Since when a suspect has kept others from going on that wait.
        self._stopped: float | None = None
        self._due = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._open, self._quiet = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._quiet.set()

    @property
    def suspects(self) -> int:
        return len(self._suspects)

    @asynccontextmanager
    async def among(self) -> AsyncIterator[Company]:
        """Be in flight beside others, but not beside a suspect."""
        if self._taken:
            await self._wait()
        self.under_way += 1
        self.entered += 1
        self._quiet.clear()
        try:
            yield Company(self)
        finally:
            self.under_way -= 1
            if not self.under_way:
                self._quiet.set()
            self._look()

    @asynccontextmanager
    async def alone(self, falls: int = 0) -> AsyncIterator[None]:
        """Wait for a suspect's turn, and be in flight alone.

        Who is to blame for `falls` already lets those go first that are most likely innocent.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (falls, next(self._numbers), turn)
        heapq.heappush(self._suspects, place)
        self._look()
        try:
            await turn
            await self._quiet.wait()
        except asyncio.CancelledError:
            if place in self._suspects:
                self._suspects.remove(place)
                heapq.heapify(self._suspects)
            elif turn.done() and not turn.cancelled():
                self._leave()
            raise
        try:
            yield
        finally:
            self._leave()

    def fell(self) -> None:
        """Know that the function fell over a call."""
        self._down = True

    def answered(self) -> None:
        """Know that the function has answered a call."""
        self._down = False
        if not self._taken:
            self._pay()

    async def _wait(self) -> None:
        self._held_up += 1
        if self._stopped is None:
            self._stopped = asyncio.get_running_loop().time()
        try:
            while self._taken:
                await self._open.wait()
        except asyncio.CancelledError:
            self._held_up -= 1
            self._look()
            raise
        self._held_up -= 1

    def _leave(self) -> None:
        self._taken = False
        self._open.set()
        if not self._down:
            self._pay()
        if not self._held_up:  # else they go first, and look when they have been
            self._look()

    def _pay(self) -> None:
        """Have the others go first for as long as the suspects' share asks for."""
        if self._stopped is None:
            return  # nobody waited
        now = asyncio.get_running_loop().time()
        since = max(self._due, now - SAVED / SHARE)
        self._due = min(since + (now - self._stopped) / SHARE, now + LONGEST)
        self._stopped = None

    def _look(self) -> None:
        """Give the next suspect its turn if it has come."""
        while self._suspects and self._suspects[0][2].done():  # cancelled, and not yet told
            heapq.heappop(self._suspects)
        if self._taken or not self._suspects:
            return
        loop, others = asyncio.get_running_loop(), self._waiting() or self._held_up
        if others:
            if self._down:
                return  # an answer tells when the others go on
            if loop.time() < self._due:
                if self._timer is None:
                    self._timer = loop.call_at(self._due, self._on_time)
                return
        self._taken = True
        self._open.clear()
        self._stopped = loop.time() if others else None
        heapq.heappop(self._suspects)[2].set_result(None)

    def _on_time(self) -> None:
        self._timer = None
        self._look()
