"""Keeping one part alive: start it, know when it works, start it again when it dies."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from local import ports
from local.parts.part import Part
from local.process import last_lines
from local.trouble import Trouble

PROBE_EVERY = 0.05
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
SIGNAL_EVERY = 3.0
# A part that ran this long is forgiven its earlier deaths.
STEADY_SECONDS = 60.0
LARGEST_LOG = 20 * 1024 * 1024


class State(StrEnum):
    STOPPED = "stopped"
    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    STOPPING = "stopping"


class Keeper:
    def __init__(self, part: Part, report: Callable[[dict[str, Any]], None]) -> None:
        self.part = part
        self.state = State.STOPPED
        self.reason = ""
        self.restarts = 0
        self.since = time.time()
        self.process: asyncio.subprocess.Process | None = None
        self._report = report
        self._watch: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        # Where in the log this process's own lines begin.
        self._log_from = 0

    async def start(self) -> None:
        """Return when the part works; otherwise leave nothing behind and raise Trouble."""
        self._stopping.clear()
        try:
            self._enter(State.PREPARING)
            await self._finish(self.part.prepare)
            await self._launch()
        except BaseException:
            await self._end()
            self._enter(State.STOPPED)
            raise
        self._watch = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        self._stopping.set()
        if self.state is not State.STOPPED:
            self._enter(State.STOPPING)
        await self._end()
        while self._watch is not None and not self._watch.done():
            # It may be in the middle of starting the part again: end that one, too.
            await asyncio.wait({self._watch}, timeout=PROBE_EVERY)
            await self._end()
        self._watch = None
        if self.state is not State.STOPPED:
            self._enter(State.STOPPED)

    def describe(self) -> dict[str, Any]:
        return {
            "part": self.part.name,
            "title": self.part.title,
            "state": self.state,
            "reason": self.reason,
            "pid": self.process.pid if self._running() and self.process else None,
            "port": self.part.port,
            "since": self.since,
            "restarts": self.restarts,
            "log": str(self.part.log),
        }

    def _enter(self, state: State, reason: str = "") -> None:
        self.state, self.reason, self.since = state, reason, time.time()
        self._report(self.describe())

    def _running(self) -> bool:
        return self.process is not None and self.process.returncode is None

    async def _launch(self) -> None:
        self._check_port()
        self._enter(State.STARTING)
        await self._spawn()
        await self._await_health()
        await self._finish(self.part.settle)
        self._enter(State.READY)

    async def _finish(self, work: Callable[[], None]) -> None:
        """Run it in a thread, to its end even when called off: a thread cannot be stopped."""
        task = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise

    def _check_port(self) -> None:
        for setting, port in self.part.listens():
            if not ports.is_free(port):
                raise Trouble(
                    f"port {port} of {self.part.title} is taken by {ports.holder(port)}",
                    f"Stop that, or set {setting} in .env to another port.",
                )

    async def _spawn(self) -> None:
        part, account = self.part, self.part.account
        identity: dict[str, Any] = {}
        if account.foreign:
            identity = {"user": account.uid, "group": account.gid, "extra_groups": []}
        if part.log.exists() and part.log.stat().st_size > LARGEST_LOG:
            part.log.replace(part.log.with_suffix(".log.1"))
        with part.log.open("ab") as log:
            self._log_from = log.tell()
            try:
                self.process = await asyncio.create_subprocess_exec(
                    *part.command(),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=part.environment(),
                    cwd=part.working_folder,
                    start_new_session=True,
                    **identity,
                )
            except FileNotFoundError as error:
                raise Trouble(
                    f"{part.title} cannot start: {error.filename} is not there",
                    "Run make up, which installs what is missing.",
                ) from error

    async def _await_health(self) -> None:
        end = time.monotonic() + self.part.start_seconds
        while not await asyncio.to_thread(self.part.healthy):
            if not self._running():
                raise Trouble(self._death("ended during its start"), self._see_log())
            if time.monotonic() > end:
                within = f"did not answer within {self.part.start_seconds:.0f} s"
                raise Trouble(self._death(within), self._see_log())
            await asyncio.sleep(PROBE_EVERY)

    def _death(self, what: str) -> str:
        said = last_lines(self.part.log, self._log_from)
        return f"{self.part.title} {what}{self._status()}. Its last lines:\n{said}"

    def _see_log(self) -> str:
        return f"The whole log is {self.part.log}"

    def _status(self) -> str:
        code = self.process.returncode if self.process else None
        if code is None:
            return ""
        return f" by {signal.Signals(-code).name}" if code < 0 else f" with status {code}"

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while self.process is not None:
            began = time.monotonic()
            await self.process.wait()
            if self._stopping.is_set():
                return
            self._sweep(self.process)
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            pause = await self._again(pause, f"ended{self._status()}")

    async def _again(self, pause: float, reason: str) -> float:
        """Start the part until it works; the pause for the next time."""
        while not self._stopping.is_set():
            self.restarts += 1
            self._enter(State.RESTARTING, reason)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
                return pause
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await self._launch()
            except Trouble as trouble:
                await self._end()
                reason = trouble.what
            else:
                self.reason = reason
                return pause
        return pause

    async def _end(self) -> None:
        """Stop the process in its own manner, then sweep what it started."""
        process = self.process
        if process is None:
            return
        limit = time.monotonic() + self.part.stop_seconds
        while process.returncode is None:
            patient = time.monotonic() < limit
            self._signal(self.part.stop_signal if patient else signal.SIGKILL)
            # Again after a while: MariaDB loses a signal that comes early in its start.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), SIGNAL_EVERY)
        self._sweep(process)

    def _sweep(self, process: asyncio.subprocess.Process) -> None:
        """End what the process started and did not take with it."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
