"""Close what nobody has used for a while, and never what somebody uses."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager


class Idle:
    """Counts who is at it; when the last one has left for `seconds`, `close` is awaited."""

    def __init__(self, seconds: float, close: Callable[[], Awaitable[None]]) -> None:
        self._seconds = seconds
        self._close = close
        self._under_way = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Keep it open inside of the block."""
        self._under_way += 1
        self._stop()
        try:
            yield
        finally:
            self._under_way -= 1
            if self._under_way == 0:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._seconds, self._retire)

    async def close(self) -> None:
        """Close now."""
        self._stop()
        if self._closing is not None:
            await self._closing
        await self._close()

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _retire(self) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._retired())

    async def _retired(self) -> None:
        if self._under_way == 0:
            await self._close()
