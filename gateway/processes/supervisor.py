"""Keep as many replicas of each function alive as it should have, and no others."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.function import Function
from gateway.processes.life import Life
from gateway.processes.replica import Replica
from gateway.processes.starting import Starter
from gateway.processes.turns import Turns
from gateway.settings import Settings


class Supervisor:
    def __init__(
        self, settings: Settings, starter: Starter, clock: Callable[[], float]
    ) -> None:
        self.run = settings.run
        self.start_timeout = settings.start_timeout
        self.starter = starter
        self.clock = clock
        self.loop = asyncio.get_running_loop()
        self.turns = Turns(settings.starts_at_once)
        self.numbers = itertools.count(1)
        self.functions: set[Function] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in self.run.glob("*.sock"):
            left_over.unlink()

    # What others ask for

    def adjust(self, function: Function) -> None:
        """Start what the function lacks; retire what it has too much of."""
        self.functions.add(function)
        # Those that serve stay before those that are starting, the older before the younger.
        current = sorted(function.current(), key=lambda replica: not replica.ready)
        for _ in range(function.desired - len(current)):
            self.add(function)
        for replica in current[function.desired :]:
            self.retire(replica, "was not needed any more")
        self.replace(function)

    def wake(self, function: Function) -> Replica | None:
        """Give a call something to wait on, unless the function is known not to start."""
        if function not in self.functions:
            return None  # removed, while the call's body was still coming
        if not function.desired:
            function.counts.woken(self.loop.time())
            function.ask(function.limits.least)
            self.adjust(function)
        return function.pick()

    def renew(self, function: Function) -> None:
        """Have every process replaced by one with the code as it is now."""
        function.renew()
        self.adjust(function)

    async def drop(self, function: Function) -> None:
        """Retire every replica, and return when the last process is gone."""
        self.functions.discard(function)
        function.ask(0)
        lives = [replica.life.task for replica in function.replicas if replica.life is not None]
        for replica in list(function.replicas):
            self.retire(replica, "was removed")
        if lives:
            await asyncio.wait(lives)

    def sleep(self, now: float) -> None:
        """Take the processes of sleepy functions that nobody has called for long."""
        for function in self.functions:
            if function.desired and function.is_idle(now):
                function.desired = 0
                self.adjust(function)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def note(self, function: Function, text: str) -> None:
        function.log.note(self.clock(), text)

    # Replicas

    def add(self, function: Function) -> None:
        path = self.run / f"{next(self.numbers):x}.sock"
        replica = Replica(path, function.generation)
        with contextlib.suppress(OSError):  # its life tries it again, and says why it cannot be
            replica.listen()
        function.replicas.append(replica)
        replica.life = Life(self, function, replica)

    def replace(self, function: Function) -> None:
        """Retire older generations as far as the newest can stand in for them."""
        older = function.older()
        serving = [replica for replica in older if replica.ready]
        newest = sum(replica.ready for replica in function.current())
        surplus = len(serving) + newest - function.desired
        starting = [replica for replica in older if not replica.ready]
        for replica in starting + serving[: max(0, surplus)]:
            self.retire(replica, "was replaced")
        function.route()

    def retire(self, replica: Replica, reason: str) -> None:
        if replica.life is not None:
            replica.life.retire(reason)
