"""Call scheduled functions: again and again after their own last answer, or at their times.

However many connectors run, the one that leads is the clock. A time of a cron schedule is
remembered before its call, so that nobody calls for it again: a leader that dies in the moment
between leaves out that one time, and never are there two calls for one.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from msgspec.structs import replace

from event_connector.calls.calling import NotAnswered, NotReached
from event_connector.calls.invoker import Invoker
from event_connector.calls.outcomes import wants_more
from event_connector.clock.leading import Change, Memory, NotLeading, Tick
from event_connector.deployed.cron import Cron
from event_connector.deployed.topics import Schedule
from shared import log
from shared.backoff import Backoff
from shared.once import Once

# The header that names the time a call is for; a function may know by it what it has done.
TICK = "fanfold-tick"
# A new leader waits a period before its first call, at most this long: the last leader's call
# may still be running.
GRACE = 10.0
# A process that slept longer than it wanted to may have been frozen, and not lead any more.
OVERSLEPT = 2.0
# The computer's clock may be set meanwhile.
GLANCE = 20.0


class Lead(Protocol):
    """What the clock asks of `Leading`."""

    @property
    def leads(self) -> bool: ...
    @property
    def memory(self) -> Memory: ...
    async def wait(self) -> None: ...
    async def record(self, change: Change) -> None: ...
    async def confirm(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """What every ticker works with."""

    invoker: Invoker
    lead: Lead


class Ticker:
    """One function's clock: ticks never overlap, and a stop lets the last one end."""

    def __init__(self, schedule: Schedule, clock: Clock) -> None:
        self.schedule = schedule
        self.clock = clock
        self.tally = clock.invoker.metrics.of(schedule.function)
        self._stopping = asyncio.Event()
        self._said = Once()

    @property
    def function(self) -> str:
        return self.schedule.function

    async def run(self) -> None:
        while not self._stopping.is_set():
            await self._or_stop(self.clock.lead.wait())
            with suppress(NotLeading):
                cron = self.schedule.cron
                await (self._keep(cron) if cron else self._repeat())

    def stop(self) -> None:
        self._stopping.set()

    @property
    def _on(self) -> bool:
        return self.clock.lead.leads and not self._stopping.is_set()

    async def _repeat(self) -> None:
        """Call, and again a period after the last call began, as long as we lead."""
        loop = asyncio.get_running_loop()
        every = self.schedule.every
        due = loop.time() + min(every, GRACE)
        while self._on:
            await self._sleep(due - loop.time())
            if loop.time() > due + OVERSLEPT:
                await self.clock.lead.confirm()
            due = loop.time() + every
            while self._on and await self._tick({}):
                pass

    async def _keep(self, cron: Cron) -> None:
        """Call at each time; those that nobody was there for are made up by one call."""
        now = self.clock.invoker.clock
        function = self.schedule.function
        while self._on:
            last = self.clock.lead.memory.ticks.get(function)
            if last is None or last.schedule != cron.text:
                await self._remember(cron, now())
                continue
            due = cron.next(last.at)
            if (early := due - now()) > 0:
                await self._sleep(min(early, GLANCE))
                continue
            time = max(due, cron.latest(now()))
            if time > due:
                log.warning("ticks missed, one made up", function=function, first=_text(due))
            await self._remember(cron, time)
            await self._take(cron, time)

    async def _take(self, cron: Cron, time: float) -> None:
        """Call for this time, until the call gets through or the next time has come."""
        backoff = Backoff(first=0.5, most=10.0)
        headers = {TICK: _text(time)}
        while self._on and (more := await self._tick(headers)) is not False:
            if more is None:
                if self.clock.invoker.clock() >= cron.next(time):
                    return
                await self._sleep(backoff.next())

    async def _remember(self, cron: Cron, at: float) -> None:
        function, tick = self.schedule.function, Tick(cron.text, at)
        await self.clock.lead.record(
            lambda memory: replace(memory, ticks={**memory.ticks, function: tick})
        )

    async def _tick(self, headers: Mapping[str, str]) -> bool | None:
        """Call; tell whether it wants another call for the rest, None if it was not reached."""
        function = self.schedule.function
        more: bool | None = False
        try:
            answer = await self.clock.invoker.call(function, headers=headers)
            more = wants_more(answer)
            problem = "" if 200 <= answer.status < 300 else f"status {answer.status}"
        except NotReached as error:
            more, problem = None, str(error)
        except NotAnswered as error:
            problem = str(error)
        self.tally.ticks["failed" if problem else "ok"] += 1
        if problem:
            self._said.warning("tick not taken", function=function, error=problem)
        else:
            self._said.over("tick taken again", function=function)
        return more

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._stopping.wait()

    async def _or_stop(self, awaited: Awaitable[None]) -> None:
        waiting = [asyncio.ensure_future(awaited), asyncio.ensure_future(self._stopping.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()


def _text(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")
