"""Take turns at starting: a few at once, those whose calls wait before the others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(eq=False, slots=True)
class Waiter:
    urgent: Callable[[], bool]
    called: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Turns:
    """A semaphore whose queue is looked through for who is urgent when a turn is free."""

    def __init__(self, at_once: int) -> None:
        self.free = at_once
        self.queue: list[Waiter] = []

    @asynccontextmanager
    async def turn(self, urgent: Callable[[], bool]) -> AsyncIterator[None]:
        if self.free:
            self.free -= 1
        else:
            await self.wait(Waiter(urgent))
        try:
            yield
        finally:
            self.free += 1
            self.call_next()

    async def wait(self, waiter: Waiter) -> None:
        self.queue.append(waiter)
        try:
            await waiter.called
        except asyncio.CancelledError:
            if waiter in self.queue:
                self.queue.remove(waiter)
            elif waiter.called.done() and not waiter.called.cancelled():
                self.free += 1
                self.call_next()
            raise

    def call_next(self) -> None:
        while self.free and self.queue:
            urgent = (waiter for waiter in self.queue if waiter.urgent())
            waiter = next(urgent, self.queue[0])
            self.queue.remove(waiter)
            self.free -= 1
            waiter.called.set_result(None)
