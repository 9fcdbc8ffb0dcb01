"""Let calls of one function run side by side, and those it may have died of one at a time.

A suspect's call runs with nothing else in flight: if the function falls again, nobody else can
have done it, and nobody else dies with it. Such calls stop the others, so they wait until no
other event does, or until their share of the time has come.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# Of the time, for suspects while others wait.
SHARE = 0.02


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
        self._suspects: deque[asyncio.Future[None]] = deque()
        self._due = 0.0
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
    async def alone(self) -> AsyncIterator[None]:
        """Wait for a suspect's turn, and be in flight alone."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._suspects.append(turn)
        self._look()
        try:
            await turn
            await self._quiet.wait()
        except asyncio.CancelledError:
            if turn in self._suspects:
                self._suspects.remove(turn)
            elif turn.done() and not turn.cancelled():
                self._leave()
            raise
        begun = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            now = asyncio.get_running_loop().time()
            self._due = now + (now - begun) * (1 / SHARE - 1)
            self._leave()

    async def _wait(self) -> None:
        # It does not look for the next suspect when it leaves: it goes first.
        self._held_up += 1
        try:
            while self._taken:
                await self._open.wait()
        finally:
            self._held_up -= 1

    def _leave(self) -> None:
        self._taken = False
        self._open.set()
        self._look()

    def _look(self) -> None:
        """Give the next suspect its turn if it has come."""
        while self._suspects and self._suspects[0].done():  # cancelled, and not yet told
            self._suspects.popleft()
        if self._taken or not self._suspects:
            return
        loop = asyncio.get_running_loop()
        if (self._waiting() or self._held_up) and loop.time() < self._due:
            if self._timer is None:
                self._timer = loop.call_at(self._due, self._on_time)
            return
        self._taken = True
        self._open.clear()
        self._suspects.popleft().set_result(None)

    def _on_time(self) -> None:
        self._timer = None
        self._look()
