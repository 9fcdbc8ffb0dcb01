"""The calls in flight, and the end of those whose time is up."""

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway.calls.names import Names

if TYPE_CHECKING:
    from gateway.calls.invoke import Call
    from gateway.function import Function
    from gateway.processes.replica import Replica

SWEEP_SECONDS = 0.1

Wake = Callable[["Function"], "Replica | None"]


class Calls:
    """One timer looks at all calls; it runs only while there are some."""

    def __init__(self, wake: Wake) -> None:
        self.wake = wake
        self.loop = asyncio.get_running_loop()
        self.names = Names()
        self.active: set[Call] = set()
        self.sweeping = False
        self.idle = asyncio.Event()

    def add(self, call: "Call") -> None:
        self.active.add(call)
        if not self.sweeping:
            self.sweeping = True
            self.idle.clear()
            self.names.refresh()
            self.loop.call_later(SWEEP_SECONDS, self.sweep)

    def sweep(self) -> None:
        now = time.perf_counter()
        for call in [each for each in self.active if each.deadline < now]:
            call.expire()
        self.names.refresh()
        self.sweeping = bool(self.active)
        if self.sweeping:
            self.loop.call_later(SWEEP_SECONDS, self.sweep)
        else:
            self.idle.set()

    async def drained(self) -> None:
        if self.active:
            await self.idle.wait()
