"""Keep as many processes of each function alive as it should have, and no others."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Coroutine
from typing import Any

from gateway.function import Function
from gateway.processes.launch import Launcher, healthy
from gateway.processes.process import Process, ZygoteLost
from gateway.processes.replica import Replica
from gateway.processes.turns import Turns
from gateway.settings import Settings

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
# A process that lived this long was no failed start: its successor does not wait for long.
STEADY_SECONDS = 10.0
TURN_SECONDS = 5.0
# The first fork waits for the libraries, which a cold disk gives slowly.
FORK_SECONDS = 60.0
DRAIN_MARGIN = 1.0
LONGEST_DRAIN = 3600.0
LOOK_SECONDS = 1.0
# How long calls may wait for a process that will be started again.
PATIENCE = 1.0


class Supervisor:
    def __init__(
        self, settings: Settings, launcher: Launcher, clock: Callable[[], float]
    ) -> None:
        self.run = settings.run
        self.start_timeout = settings.start_timeout
        self.launcher = launcher
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
        current = function.current()
        for _ in range(function.desired - len(current)):
            self.add(function)
        for replica in current[function.desired :]:
            self.retire(function, replica)
        self.replace(function)

    def wake(self, function: Function) -> Replica | None:
        """Give a call something to wait on, unless the function is known not to start."""
        if function not in self.functions:
            return None  # removed, while the call's body was still coming
        if not function.desired:
            function.counts.woken(self.loop.time())
            function.desired = function.limits.least
            self.adjust(function)
        return function.pick()

    async def drop(self, function: Function) -> None:
        """Retire every replica, and return when the last process is gone."""
        self.functions.discard(function)
        function.desired = 0
        lives = [replica.life for replica in function.replicas if replica.life is not None]
        for replica in list(function.replicas):
            self.retire(function, replica)
        if lives:
            await asyncio.wait(lives)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def put_to_sleep(self) -> None:
        """Take the processes of sleepy functions that nobody has called for long."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = self.loop.time()
            for function in self.functions:
                if function.desired and function.is_idle(now):
                    function.desired = 0
                    self.adjust(function)

    # The life of a replica

    def add(self, function: Function) -> None:
        path = self.run / f"{next(self.numbers):x}.sock"
        replica = Replica(path, function.generation, function.timeout)
        with contextlib.suppress(OSError):  # `live` tries it again, and says why it cannot be
            replica.listen()
        function.replicas.append(replica)
        replica.life = self.spawn(self.keep(function, replica))

    async def keep(self, function: Function, replica: Replica) -> None:
        """Run the replica's process, and again when it ends, until the replica is retired."""
        pause = FIRST_PAUSE
        while not replica.retired:
            begun = self.loop.time()
            to_blame = await self.live(function, replica)
            if not to_blame or self.loop.time() - begun > STEADY_SECONDS:
                pause = FIRST_PAUSE
            if pause > PATIENCE:
                # Nobody should wait so long without a word.
                replica.close()
                function.route()
            function.retry_at = self.loop.time() + pause
            await replica.told_to_retire(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        replica.close()
        function.replicas.remove(replica)
        function.route()

    async def live(self, function: Function, replica: Replica) -> bool:
        """See one process from start to exit; say whether its end was the function's fault."""
        try:
            replica.listen()
            function.route()
            process = await self.begin(function, replica)
        except (ZygoteLost, OSError) as error:
            # The zygote, a folder or a pipe is not there now, and may be the next time.
            function.failure = f"could not be started: {error}"
            function.log.note(self.clock(), f"process {function.failure}")
            return not isinstance(error, ZygoteLost)
        if process is None:
            return False
        reason = await process.exited
        self.mourn(function, replica, process, reason)
        return not process.orphaned

    async def begin(self, function: Function, replica: Replica) -> Process | None:
        """Start a process when it is its turn, unless it is not wanted any more by then."""
        async with self.turns.turn(lambda: replica.in_flight > 0):
            if replica.retired and not replica.in_flight:
                return None
            process = replica.process = await self.fork(function, replica)
            if replica.quiet.is_set():
                process.end("was not wanted any more")
            function.log.note(self.clock(), f"process {process.number} started")
            replica.greeting = self.spawn(self.greet(function, replica, process))
            # A start that hangs gives its turn away, and is killed when its time is up.
            await asyncio.wait(
                (replica.greeting, process.exited),
                timeout=TURN_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        return process

    async def fork(self, function: Function, replica: Replica) -> Process:
        try:
            async with asyncio.timeout(FORK_SECONDS):
                return await self.launcher.launch(function, replica)
        except TimeoutError:
            raise TimeoutError(f"no process within {FORK_SECONDS:g} s") from None

    async def greet(self, function: Function, replica: Replica, process: Process) -> None:
        """Wait until the process serves, then let it take calls."""
        try:
            async with asyncio.timeout(self.start_timeout):
                await healthy(replica.path)
        except TimeoutError:
            process.end(f"gave no 200 on /_/health within {self.start_timeout:g} s")
            return
        if not process.exited.done():
            replica.ready = True
            function.counts.awake(self.loop.time())
            function.failure = ""
            self.replace(function)

    def replace(self, function: Function) -> None:
        """Retire older generations as far as the newest can stand in for them."""
        older = function.older()
        ready = [replica for replica in older if replica.ready]
        surplus = len(ready) + function.available - function.desired
        starting = [replica for replica in older if not replica.ready]
        for replica in starting + ready[: max(0, surplus)]:
            self.retire(function, replica)
        function.route()

    def retire(self, function: Function, replica: Replica) -> None:
        if not replica.retired:
            replica.retire()
            function.route()
            self.spawn(self.drain(function, replica))

    async def drain(self, function: Function, replica: Replica) -> None:
        """Let the calls in flight end, then kill: a function ignores SIGTERM."""
        promised = max(function.timeout, replica.timeout)
        limit = min(promised, LONGEST_DRAIN) + DRAIN_MARGIN
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(replica.quiet.wait(), limit)
        if replica.process is not None:
            replica.process.end("replaced")

    def mourn(
        self, function: Function, replica: Replica, process: Process, reason: str
    ) -> None:
        function.log.note(self.clock(), f"process {process.number} {reason}")
        was_ready, replica.ready, replica.process = replica.ready, False, None
        if replica.greeting is not None:
            replica.greeting.cancel()
        if not replica.retired:
            function.failure = reason
            function.counts.restarts += 1
        if not was_ready:
            # Nobody will accept the calls that wait: they are told now, not by their timeout.
            replica.close()
        function.route()
