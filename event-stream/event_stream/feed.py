"""One reader of the log for all who follow it.

Sequences have no gaps and are given in the order of the commits, so a place in the log is all
that a subscriber needs: who is close behind is served from the window, who is far behind reads
the log by pages until that is so. Nothing is kept for a subscriber, so one that reads slowly
costs the others nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Protocol

from event_stream.wanted import Wanted
from event_stream.window import Told, Window
from functions.event.model import Slice, StoredEvent
from shared import log
from shared.backoff import Backoff
from shared.errors import Unavailable
from shared.once import Once

PAGE = 100
# A message holds no more than this, or a single event.
FULL = 1024 * 1024
# Notifications wake the reader; what none of them told is found at the next look.
LOOK_EVERY = 2.0
LISTEN_AGAIN = 1.0
# What comes so close together is read together; where nobody follows, nobody waits for it.
GATHER = 0.01
REST = 0.25
# So many read the log at a time to come close.
CATCHING = 2


class Log(Protocol):
    """What the feed asks of the store."""

    async def check(self) -> None:
        """Raise Unavailable unless the log can be read by this code."""

    async def last(self) -> int: ...
    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]: ...
    async def growth(self, heard: Callable[[], None]) -> None:
        """Call `heard` when events came, until nobody hears any more."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events, none in a heartbeat, and the place up to which nothing else was asked for."""

    events: Sequence[Told]
    place: int


class Feed:
    """Serves while `run` runs."""

    def __init__(self, source: Log) -> None:
        self.subscribers = 0
        self.stalled = True
        self.closed = asyncio.Event()
        # Set at each change of `stalled`.
        self.turned = asyncio.Event()
        self._reason = "the event stream has not read the log yet"
        self._log = source
        self._window: Window | None = None
        self._news = asyncio.Event()
        self._grown = asyncio.Event()
        self._followed = asyncio.Event()
        self._catching = asyncio.Semaphore(CATCHING)
        self._told = Once()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen())
            group.create_task(self._read())

    def close(self) -> None:
        """End every stream at its next step."""
        self.closed.set()
        self._tell()

    def last(self) -> int:
        """Give the end of the log as it is known here."""
        return self._opened().last

    async def follow(
        self, wanted: Wanted, after: int, silence: float, seconds: float | None = None
    ) -> AsyncGenerator[Batch, None]:
        """Give what follows a place, and at least every `silence` seconds how far it is."""
        clock = asyncio.get_running_loop().time
        spoke, ends = clock(), clock() + (inf if seconds is None else seconds)
        backoff = Backoff(first=0.1, most=2.0)
        self.subscribers += 1
        self._followed.set()
        try:
            while not self.closed.is_set() and clock() < ends:
                news, pause = self._news, 0.0
                try:
                    events, place = await self._step(wanted, after)
                    backoff.reset()
                except Unavailable:
                    events, place, pause = [], after, backoff.next()
                idle, after = place == after, place
                if events or clock() - spoke >= silence:
                    spoke = clock()
                    yield Batch(events, after)
                elif idle:
                    rest = min(spoke + silence, ends) - clock()
                    await _within(self.closed if pause else news, min(rest, pause or inf))
        finally:
            self.subscribers -= 1
            if not self.subscribers:
                self._followed.clear()

    async def _step(self, wanted: Wanted, after: int) -> tuple[list[Told], int]:
        """Give what is asked for of the next part of the log, and where that part ends."""
        window = self._opened()
        if after >= window.floor:
            found, place = window.behind(after, PAGE)
            return _filling([told for told in found if wanted.takes(told.event)], place)
        async with self._catching:
            rows, place = await self._log.following(wanted.part, after, PAGE)
        return _filling([Told.of(event) for event in rows if wanted.likes(event)], place)

    async def _read(self) -> None:
        backoff = Backoff(first=0.1, most=1.0)
        while True:
            self._grown.clear()
            try:
                await self._advance()
            except Unavailable as error:
                self._stall(str(error))
                await backoff.wait()
            except Exception as error:  # noqa: BLE001 - without a reader all wait
                log.error("log not read", error=repr(error), traceback=log.trace(error))
                self._stall("the event stream cannot read the log; its own log says why")
                await backoff.wait()
            else:
                backoff.reset()
                await _within(self._grown, LOOK_EVERY)
                # Somebody who comes meanwhile waits for no rest.
                await _within(self._followed, REST)
                await asyncio.sleep(GATHER)

    async def _advance(self) -> None:
        """Read to the end of the log."""
        if self.stalled:
            await self._log.check()
        if self._window is None:
            self._window = Window(await self._log.last())
        now = asyncio.get_running_loop().time
        if not self.subscribers:
            await self._skip(now())
        while self.subscribers:
            found, place = await self._log.following(Slice(), self._window.last, PAGE)
            if place > self._window.last:
                self._window.extend(found, place, now())
                self._tell()
            else:
                self._window.trim(now())
            if len(found) < PAGE:
                break
        if self.stalled:
            self.stalled = False
            self.turned.set()
            self._told.info("log read", last=self._window.last)

    async def _skip(self, now: float) -> None:
        """Go to the end of the log: nobody is there to read it for, and who comes can."""
        last = await self._log.last()
        if last > self._opened().last:
            self._window = Window(last)
            self._tell()
        else:
            self._opened().trim(now)

    async def _listen(self) -> None:
        heard = Once()
        while True:
            try:
                await self._log.growth(self._grown.set)
            except Exception as error:  # noqa: BLE001 - the reader looks by itself meanwhile
                heard.warning("growth not heard", error=str(error) or repr(error))
            await asyncio.sleep(LISTEN_AGAIN)

    def _stall(self, reason: str) -> None:
        self._reason = reason
        self._told.warning("log not read", reason=reason)
        if not self.stalled:
            self.stalled = True
            self.turned.set()

    def _opened(self) -> Window:
        if self._window is None:
            raise Unavailable(self._reason)
        return self._window

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


def _filling(found: list[Told], place: int) -> tuple[list[Told], int]:
    """Cut off what is too much for one message."""
    size = 0
    for count, told in enumerate(found):
        size += told.size
        if count and size > FULL:
            return found[:count], found[count - 1].sequence
    return found, place


async def _within(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()
