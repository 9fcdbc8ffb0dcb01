"""Hold every delivery of one function while the platform cannot take them to it."""

import asyncio
from contextlib import suppress

from shared.backoff import Backoff

# Whatever an answer asks for: the event store is tried at least once a minute.
LONGEST = 60.0


class Gate:
    """Shut by failures of the platform for longer and longer, opened by any answer."""

    def __init__(self, *, first: float = 0.25, most: float = 10.0) -> None:
        self._backoff = Backoff(first=first, most=most)
        self._until = 0.0
        self._opened = asyncio.Event()
        self._opened.set()
        # How often the function has answered: what fells it alone is known by others' answers.
        self.answers = 0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._until - now)):
                await self._opened.wait()

    def shut(self, after: float | None = None) -> None:
        now = asyncio.get_running_loop().time()
        # Deliveries that failed at the same moment are one failure.
        if self._until <= now:
            self._opened.clear()
            self._until = now + max(self._backoff.next(), min(after or 0.0, LONGEST))

    def open(self) -> None:
        self.answers += 1
        self._opened.set()
        self._until = 0.0
        self._backoff.reset()
