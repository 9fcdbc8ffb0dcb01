"""Start, watch, replace and retire the processes of functions."""

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from gateway.function import Function
from gateway.logs import LogPipe
from gateway.processes import Order, Process, Zygote, ZygoteLost, python_path
from gateway.replica import Replica
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.turns import Turns

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 30.0
# A process that lived this long was not a failed start: its successor does not wait.
STEADY_SECONDS = 10.0
TURN_SECONDS = 5.0
DRAIN_MARGIN = 1.0
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")


class Supervisor:
    """Keeps as many replicas of each function alive as it should have."""

    def __init__(
        self, settings: Settings, zygote: Zygote, secrets: Secrets, environ: Mapping[str, str]
    ) -> None:
        self.settings = settings
        self.zygote = zygote
        self.secrets = secrets
        self.inherited = {name: environ[name] for name in PASSED_ON if name in environ}
        self.turns = Turns(settings.starts_at_once)
        self.numbers = itertools.count(1)
        self.tasks: set[asyncio.Task[None]] = set()
        self.clock: Callable[[], float] = time.time
        settings.run.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left_over in settings.run.glob("*.sock"):
            left_over.unlink()

    # What others ask for

    def adjust(self, function: Function) -> None:
        """Start what the function lacks; retire what it has too much of."""
        current = function.current()
        for _ in range(function.desired - len(current)):
            self.add(function)
        for replica in current[function.desired :]:
            self.spawn(self.retire(function, replica))
        function.route()

    def wake(self, function: Function) -> Replica | None:
        """Give a call something to wait on, unless the function is known not to start."""
        if not function.desired:
            function.desired = function.least
            self.adjust(function)
        return function.pick()

    def drop(self, function: Function) -> None:
        function.desired = 0
        for replica in list(function.replicas):
            self.spawn(self.retire(function, replica))
        function.route()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # The life of a replica

    def add(self, function: Function) -> None:
        path = self.settings.run / f"{next(self.numbers):x}.sock"
        replica = Replica(path, function.generation)
        replica.listen()
        function.replicas.append(replica)
        self.spawn(self.keep(function, replica))

    async def keep(self, function: Function, replica: Replica) -> None:
        """Run the replica's process, and run it again when it ends, until it is retired."""
        pause = FIRST_PAUSE
        while not replica.retired:
            replica.listen()
            function.route()
            begun = self.clock()
            with contextlib.suppress(ZygoteLost):
                await self.run(function, replica)
            if replica.retired:
                break
            lived = self.clock() - begun
            pause = FIRST_PAUSE if lived > STEADY_SECONDS else min(pause * 2, LONGEST_PAUSE)
            function.retry_at = asyncio.get_running_loop().time() + pause
            await replica.told_to_retire(pause)
        self.end(function, replica)

    async def run(self, function: Function, replica: Replica) -> None:
        """One process from start to exit."""
        async with self.turns.turn(lambda: replica.in_flight > 0):
            if replica.retired:
                return
            process = await self.fork(function, replica)
            ready = asyncio.ensure_future(self.until_ready(function, replica, process))
            # A start that hangs gives its turn away, and is killed when its time is up.
            await asyncio.wait(
                (ready, process.exited),
                timeout=TURN_SECONDS,
                return_when=asyncio.FIRST_COMPLETED,
            )
        try:
            reason = await asyncio.shield(process.exited)
        finally:
            ready.cancel()
        self.gone(function, replica, reason)

    async def fork(self, function: Function, replica: Replica) -> Process:
        mount = self.secrets.mount(
            function.namespace, function.name, function.deployment.secrets
        )
        order = Order(
            name=function.name,
            module=self.settings.runtime,
            path=python_path(function.code.root),
            environment={
                **self.inherited,
                "SERVICE": function.code.service,
                **function.deployment.env_vars,
                "OPENFAAS_NAME": function.name,
                "OPENFAAS_NAMESPACE": function.namespace,
                "secret_mount_path": str(mount),
            },
        )
        reading, writing = os.pipe2(os.O_CLOEXEC)
        pipe = LogPipe(function.log, self.clock)
        try:
            await asyncio.get_running_loop().connect_read_pipe(
                lambda: pipe, os.fdopen(reading, "rb", buffering=0)
            )
            process = await self.zygote.fork(order, replica.listen(), writing)
        finally:
            os.close(writing)
        pipe.instance = str(process.number)
        replica.process = process
        function.log.note(self.clock(), f"process {process.number} started")
        return process

    async def until_ready(self, function: Function, replica: Replica, process: Process) -> None:
        """Ask for the function's health; its socket answers as soon as it serves."""
        try:
            async with asyncio.timeout(self.settings.start_timeout):
                healthy = await healthy_answer(replica.path)
        except TimeoutError:
            healthy = False
        except OSError:
            return  # The process is gone; its exit tells why.
        if not healthy:
            function.log.note(self.clock(), "no 200 came from /_/health in time")
            process.kill()
            return
        replica.ready = True
        function.failure = ""
        function.route()
        self.replace(function)

    def replace(self, function: Function) -> None:
        """Retire as many replicas of older generations as the new one has ready."""
        older = [
            replica
            for replica in function.replicas
            if replica.generation < function.generation and not replica.retired
        ]
        surplus = len(older) + function.available - function.desired
        for replica in older[: max(0, surplus)]:
            self.spawn(self.retire(function, replica))
        function.route()

    def gone(self, function: Function, replica: Replica, reason: str) -> None:
        function.log.note(self.clock(), f"process {reason}")
        started, replica.ready, replica.process = replica.ready, False, None
        if replica.retired:
            return
        function.failure = reason
        if not started:
            # Nobody will accept the calls that wait: they are told now, not by their timeout.
            replica.close()
        function.route()

    async def retire(self, function: Function, replica: Replica) -> None:
        """Unroute, let the calls in flight end, then kill: a function ignores SIGTERM."""
        replica.retire()
        function.route()
        limit = min(function.timeout, 3600) + DRAIN_MARGIN
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(replica.quiet.wait(), limit)
        if replica.process is not None:
            replica.process.kill()

    def end(self, function: Function, replica: Replica) -> None:
        replica.close()
        if replica in function.replicas:
            function.replicas.remove(replica)
        function.route()


async def healthy_answer(path: str) -> bool:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(b"GET /_/health HTTP/1.1\r\nHost: fanfold\r\nConnection: close\r\n\r\n")
        line = await reader.readline()
    finally:
        writer.close()
    return line.split(b" ")[1:2] == [b"200"]
