"""Call scheduled functions again and again, each after its own last answer."""

import asyncio
from contextlib import suppress

from event_connector.calling import NotAnswered
from event_connector.invoker import Invoker
from event_connector.outcomes import wants_more
from event_connector.topics import Schedule
from shared.once import Once


class Ticker:
    """One function's clock: ticks never overlap, and a stop lets the last one end."""

    def __init__(self, schedule: Schedule, invoker: Invoker) -> None:
        self.schedule = schedule
        self.invoker = invoker
        self._stopping = asyncio.Event()
        self._said = Once()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            due = loop.time() + self.schedule.every
            while await self._tick() and not self._stopping.is_set():
                pass
            await self._sleep(due - loop.time())

    def stop(self) -> None:
        self._stopping.set()

    async def _tick(self) -> bool:
        """Call the function; tell whether it wants another call at once for the rest."""
        function = self.schedule.function
        more = False
        try:
            answer = await self.invoker.call(function)
            more = wants_more(answer)
            problem = "" if 200 <= answer.status < 300 else f"status {answer.status}"
        except NotAnswered as error:
            problem = str(error) or repr(error)
        if problem:
            self._said.warning("tick not taken", function=function, error=problem)
        else:
            self._said.over("tick taken again", function=function)
        return more

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, 0.0)):
                await self._stopping.wait()
