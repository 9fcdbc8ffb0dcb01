"""No more than so many a second."""

import asyncio
from contextlib import suppress


class Pace:
    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._next = asyncio.get_running_loop().time()

    async def wait(self, count: int, closed: asyncio.Event) -> None:
        """Wait until so many more may go, or until it is over."""
        if not self._rate:
            return
        now = asyncio.get_running_loop().time()
        start, self._next = self._next, max(now, self._next) + count / self._rate
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, start - now)):
                await closed.wait()
