"""At most so many connections to MySQL, none before the first use and none that idles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.databases.mysql.connection import Link, connect
from shared.databases.patience import CONNECT_PATIENCE, answered, left
from shared.errors import Unavailable

_IDLE = 30.0


class Pool:
    """Our own, because the driver's closes what idled only when the next one is asked for."""

    def __init__(self, url: str, largest: int) -> None:
        self._url = url
        self._slots = asyncio.Semaphore(largest)
        self._free: list[tuple[Link, float]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._quitting: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        """Lend a connection."""
        link = await self._lend()
        try:
            yield link
        finally:
            self._take_back(link)
            self._slots.release()

    async def _lend(self) -> Link:
        """Wait for a turn and open a connection, both in the time for one of them."""
        try:
            async with asyncio.timeout(left(CONNECT_PATIENCE)):
                await self._slots.acquire()
                try:
                    link = self._free.pop()[0] if self._free else await connect(self._url)
                except BaseException:
                    self._slots.release()
                    raise
        except TimeoutError as error:
            raise Unavailable("MySQL gives no connection") from error
        answered()
        return link

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._free:
            self._quit(self._free.pop()[0])
        await asyncio.gather(*self._quitting)

    def _take_back(self, link: Link) -> None:
        if link.closed:
            return
        loop = asyncio.get_running_loop()
        self._free.append((link, loop.time() + _IDLE))
        if self._timer is None:
            self._timer = loop.call_later(_IDLE, self._close_idle)

    def _close_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while self._free and self._free[0][1] <= loop.time():
            self._quit(self._free.pop(0)[0])
        self._timer = loop.call_at(self._free[0][1], self._close_idle) if self._free else None

    def _quit(self, link: Link) -> None:
        task = asyncio.get_running_loop().create_task(link.quit())
        self._quitting.add(task)
        task.add_done_callback(self._quitting.discard)
