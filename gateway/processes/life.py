"""The life of one replica: a process, another when that ends, until the replica is retired."""

import asyncio
import contextlib
from typing import TYPE_CHECKING

from gateway.processes.starting import NotStarted, Running

if TYPE_CHECKING:
    from gateway.function import Function
    from gateway.processes.replica import Replica
    from gateway.processes.supervisor import Supervisor

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
# A process that lived this long was no failed start: its successor does not wait for long.
STEADY_SECONDS = 10.0
TURN_SECONDS = 5.0
# The first fork waits for the libraries, which a cold disk gives slowly.
FORK_SECONDS = 60.0
DRAIN_MARGIN = 1.0
LONGEST_DRAIN = 3600.0
# How long calls may wait for a process that will be started again.
PATIENCE = 1.0


class Life:
    def __init__(
        self, supervisor: "Supervisor", function: "Function", replica: "Replica"
    ) -> None:
        self.supervisor = supervisor
        self.function = function
        self.replica = replica
        self.version = function.version
        self.loop = supervisor.loop
        self.greeting: asyncio.Task[None] | None = None
        self.task = supervisor.spawn(self.last())

    async def last(self) -> None:
        """Run the replica's process, and again when it ends, until the replica is retired."""
        function, replica = self.function, self.replica
        pause = FIRST_PAUSE
        while not replica.retired:
            begun, answered = self.loop.time(), replica.answered
            to_blame = await self.live()
            if replica.answered > answered:
                # One that answered was no failed start either: it fell of a call.
                pause = FIRST_PAUSE
                continue
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

    async def live(self) -> bool:
        """See one process from start to exit; say whether its end was the function's fault."""
        try:
            self.replica.listen()
            self.function.route()
            process = await self.begin()
        except (NotStarted, OSError) as error:
            # The zygote, a folder or a pipe is not there now, and may be the next time.
            reason = f"could not be started: {error}"
            self.supervisor.note(self.function, f"process {reason}")
            self.function.fell(reason, self.supervisor.clock())
            return not isinstance(error, NotStarted)
        if process is None:
            return False
        reason = await process.exited
        self.mourn(process, reason)
        return not process.orphaned

    async def begin(self) -> Running | None:
        """Start a process when it is its turn, unless it is not wanted any more by then."""
        replica = self.replica
        async with self.supervisor.turns.turn(lambda: replica.in_flight > 0):
            if replica.retired and not replica.in_flight:
                return None
            replica.attend()
            process = replica.process = await self.launch()
            if replica.quiet.is_set():
                process.end("was not wanted any more")
            self.supervisor.note(self.function, f"process {process.number} started")
            self.greeting = self.supervisor.spawn(self.greet(process))
            # A start that hangs gives its turn away, and is killed when its time is up.
            await asyncio.wait(
                (self.greeting, process.exited),
                timeout=TURN_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        return process

    async def launch(self) -> Running:
        try:
            async with asyncio.timeout(FORK_SECONDS):
                return await self.supervisor.starter.launch(
                    self.function, self.version, self.replica
                )
        except TimeoutError:
            raise TimeoutError(f"no process within {FORK_SECONDS:g} s") from None

    async def greet(self, process: Running) -> None:
        """Wait until the process serves, then let it take calls."""
        limit = self.supervisor.start_timeout
        try:
            async with asyncio.timeout(limit):
                await self.supervisor.starter.healthy(self.replica)
        except TimeoutError:
            process.end(f"gave no 200 on /_/health within {limit:g} s")
            return
        if not process.exited.done():
            self.replica.ready = True
            self.function.counts.awake(self.loop.time())
            if self.replica.generation == self.function.generation:
                self.function.serve()
            self.supervisor.replace(self.function)

    def retire(self, reason: str) -> None:
        """Take no more calls, and end when those in flight have ended."""
        if not self.replica.retired:
            self.replica.retire()
            self.function.route()
            self.supervisor.spawn(self.drain(reason))

    async def drain(self, reason: str) -> None:
        """Let the calls in flight end, then kill: a function ignores SIGTERM."""
        promised = max(self.function.timeout, self.version.limits.timeout)
        limit = min(promised, LONGEST_DRAIN) + DRAIN_MARGIN
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.replica.quiet.wait(), limit)
        if self.replica.process is not None:
            self.replica.process.end(reason)

    def mourn(self, process: Running, reason: str) -> None:
        function, replica = self.function, self.replica
        self.supervisor.note(function, f"process {process.number} {reason}")
        was_ready, replica.ready, replica.process = replica.ready, False, None
        replica.attended = False
        if self.greeting is not None:
            self.greeting.cancel()
        if not replica.retired:
            # What it said before it could serve is why it could not.
            instance = "" if was_ready else str(process.number)
            function.fell(reason, self.supervisor.clock(), instance)
            function.counts.restarts += 1
        if not was_ready:
            # Nobody will accept the calls that wait: they are told now, not by their timeout.
            replica.close()
        function.route()
