"""The zygotes of the gateway: the first one, and a nursery for each runtime as it is now."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from gateway.processes.process import Order, Process, ZygoteEnd, ZygoteLost
from gateway.settings import CHECKOUT
from shared import log

RESTART_PAUSE = 0.2
# The clock that stamps files may be this much behind the one that was read.
CLOCK_STEP = 0.02
HOPELESS_SECONDS = 30.0


class Nursery(ZygoteEnd):
    """A zygote that has imported the runtime; it is stale when a file of it has changed."""

    began = 0.0
    files: tuple[str, ...] = ()
    retired = False

    def stale(self) -> bool:
        return self.retired or any(changed(file, self.began) for file in self.files)

    def hear(self) -> None:
        super().hear()
        if self.retired and self.open and not self.processes and not self.orders:
            self.close()

    def retire(self) -> None:
        """Fork no more; what was forked stays, and the nursery with it."""
        self.retired = True
        if not self.processes and not self.orders:
            self.close()
        else:
            self.send({"spares": 0})


class Nurseries:
    """Forks each function from a nursery that knows no old code."""

    def __init__(self, environment: Mapping[str, str], spares: int = 0) -> None:
        # Where in a line it happened, for tracebacks, is a tenth of what is imported.
        self.environment = {"PYTHONNODEBUGRANGES": "1", **environment}
        self.spares = spares
        self.first: ZygoteEnd | None = None
        self.popen: subprocess.Popen[bytes] | None = None
        self.nurseries: dict[tuple[str, ...], asyncio.Task[Nursery]] = {}
        # Until when a rehearsal is not tried again.
        self.hopeless: dict[tuple[str, ...], float] = {}
        self.stopped = False

    def start(self) -> None:
        if self.stopped:
            return
        self.first = ZygoteEnd(self.lost)
        self.first.ready.add_done_callback(warn)
        with self.first.theirs as theirs:
            self.popen = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-m", "gateway.processes.cradle", str(theirs.fileno())],
                cwd=CHECKOUT,
                env=self.environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    async def fork(self, order: Order, listener: socket.socket, output: int) -> Process:
        members = {
            "name": order.name,
            "module": order.module,
            "path": order.path,
            "environment": dict(order.environment),
        }
        nursery = await self.nursery(order)
        return await nursery.order(members, [listener.fileno(), output])

    async def nursery(self, order: Order) -> ZygoteEnd:
        """Find or make the nursery of this runtime; without one, the first zygote will do."""
        now = asyncio.get_running_loop().time()
        if self.hopeless.get((order.module, *order.path), now) <= now:
            try:
                return await self.current(order, rehearses=True)
            except ZygoteLost:
                if self.first is None or not self.first.open:
                    raise
                # Some module ends a process, or takes too long: let that meet its own only.
                log.warning("rehearsal left out", runtime=order.module, path=order.path)
                self.hopeless[order.module, *order.path] = now + HOPELESS_SECONDS
        try:
            return await self.current(order, rehearses=False)
        except ZygoteLost:
            if self.first is None or not self.first.open:
                raise
            # The runtime cannot be imported: the function's own log shall say why.
            return self.first

    async def current(self, order: Order, *, rehearses: bool) -> Nursery:
        """Give the nursery that has imported the files as they are."""
        key = (order.module, *order.path, str(rehearses))
        making = self.nurseries.get(key)
        if making is not None and making.done() and stale(making):
            del self.nurseries[key]
            making = None
        if making is None:
            making = asyncio.get_running_loop().create_task(self.make(order, rehearses))
            self.nurseries[key] = making
        return await asyncio.shield(making)

    def files(self) -> set[str]:
        """Give the files that the nurseries have imported, each for all its functions."""
        return {file for nursery in self.made() for file in nursery.files}

    def outdate(self, changed: set[str]) -> None:
        """Fork no more from those that have imported one of these files."""
        for nursery in self.made():
            if not changed.isdisjoint(nursery.files):
                nursery.retire()

    def made(self) -> list[Nursery]:
        done = [making for making in self.nurseries.values() if making.done()]
        return [making.result() for making in done if making.exception() is None]

    async def make(self, order: Order, rehearses: bool) -> Nursery:  # noqa: FBT001 - of `current` alone
        first = self.first
        if first is None:
            raise ZygoteLost("the zygote is not running")
        await first.ready
        nursery = Nursery(lambda _: None)
        with nursery.theirs as theirs:
            members = {
                "name": "nursery",
                "nursery": order.module,
                "rehearses": rehearses,
                "spares": self.spares if rehearses else 0,
                "path": order.path,
            }
            await first.order(members, [theirs.fileno()])
        told = await nursery.ready
        nursery.began, nursery.files = told["began"], tuple(told["files"])
        return nursery

    def lost(self, _first: ZygoteEnd) -> None:
        log.error("zygote exited")
        self.close()
        asyncio.get_running_loop().call_later(RESTART_PAUSE, self.start)

    def close(self) -> None:
        """End all zygotes, and with them every function process."""
        if self.first is not None:
            self.first.close()
        # Those that are still being made hear of it by their own socket.
        for nursery in self.made():
            nursery.close()
        self.nurseries.clear()
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()

    def stop(self) -> None:
        self.stopped = True
        self.close()


def warn(ready: asyncio.Future[dict[str, Any]]) -> None:
    if not ready.cancelled() and ready.exception() is None:
        for library, reason in ready.result()["missing"].items():
            log.warning("library not preloaded", library=library, reason=reason)


def stale(making: asyncio.Task[Nursery]) -> bool:
    """Tell whether another is needed; one that is not, goes when its last function has gone."""
    if making.exception() is not None:
        return True
    nursery = making.result()
    if not nursery.open:
        return True
    if nursery.stale():
        nursery.retire()
        return True
    return False


def changed(file: str, since: float) -> bool:
    try:
        return os.stat(file).st_mtime > since - CLOCK_STEP  # noqa: PTH116 - 300 of them, before each fork
    except OSError:
        return True
