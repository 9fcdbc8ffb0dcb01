"""The zygotes of the gateway: the first one, and a nursery for each runtime as it is now."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.processes import noting
from gateway.processes.process import Order, Process, ZygoteEnd, ZygoteLost
from gateway.settings import CHECKOUT
from shared import log

RESTART_PAUSE = 0.2
# The clock that stamps files may be this much behind the one that was read.
CLOCK_STEP = 0.02
HOPELESS_SECONDS = 30.0


class Nursery(ZygoteEnd):
    """A zygote that has imported the runtime; it is stale when a file of it has changed."""

    parent: ZygoteEnd
    began = 0.0
    files: tuple[str, ...] = ()
    # Whether the runtime can do before a fork what the processes of a service begin with.
    rehearses = False
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


class Nurseries:
    """Forks each function from a nursery that knows no old code."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.first: ZygoteEnd | None = None
        self.popen: subprocess.Popen[bytes] | None = None
        self.nurseries: dict[tuple[str, ...], asyncio.Task[Nursery]] = {}
        # Until when a service is not tried again.
        self.hopeless: dict[tuple[str, ...], float] = {}
        self.stopped = False

    def start(self) -> None:
        if self.stopped:
            return
        self.first = ZygoteEnd(self.lost)
        self.first.ready.add_done_callback(warn)
        with self.first.theirs as theirs:
            self.popen = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
                [sys.executable, "-m", "gateway.processes.zygote", str(theirs.fileno())],
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
        """Find or make who forks it: of the service, of the runtime, or the first zygote."""
        if self.first is None:
            raise ZygoteLost("the zygote is not running")
        try:
            runtime = await self.current(order, "", self.first)
        except ZygoteLost:
            if self.first is None or not self.first.open:
                raise
            # The runtime cannot be imported: the function's own log shall say why.
            return self.first
        service = order.environment.get("SERVICE", "")
        # A process that is to tell what it imports must import it itself.
        if not service or not runtime.rehearses or noting.VARIABLE in order.environment:
            return runtime
        return await self.of_service(order, service, runtime)

    async def of_service(self, order: Order, service: str, runtime: Nursery) -> ZygoteEnd:
        key = (order.module, *order.path, service)
        now = asyncio.get_running_loop().time()
        if self.hopeless.get(key, now) > now:
            return runtime
        try:
            return await self.current(order, service, runtime)
        except ZygoteLost:
            if not runtime.open:
                raise
            # One of its modules ends a process, or takes too long: let that meet its own only.
            self.hopeless[key] = now + HOPELESS_SECONDS
            return runtime

    async def current(self, order: Order, service: str, parent: ZygoteEnd) -> Nursery:
        """Give the nursery of this key that has imported the files as they are."""
        key = (order.module, *order.path, service)
        making = self.nurseries.get(key)
        if making is not None and making.done() and stale(making, parent):
            del self.nurseries[key]
            making = None
        if making is None:
            making = asyncio.get_running_loop().create_task(self.make(order, service, parent))
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

    async def make(self, order: Order, service: str, parent: ZygoteEnd) -> Nursery:
        await parent.ready
        nursery = Nursery(lambda _: None)
        nursery.parent = parent
        with nursery.theirs as theirs:
            members = {
                "name": f"nursery {service}".strip(),
                "nursery": order.module,
                "service": service,
                "path": order.path,
            }
            await parent.order(members, [theirs.fileno()])
        told = await nursery.ready
        nursery.began, nursery.files = told["began"], tuple(told["files"])
        nursery.rehearses = told["rehearses"]
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


def stale(making: asyncio.Task[Nursery], parent: ZygoteEnd) -> bool:
    """Tell whether another is needed; one that is not, goes when its last function has gone."""
    if making.exception() is not None:
        return True
    nursery = making.result()
    if not nursery.open:
        return True
    if nursery.parent is not parent or nursery.stale():
        nursery.retire()
        return True
    return False


def changed(file: str, since: float) -> bool:
    try:
        return Path(file).stat().st_mtime > since - CLOCK_STEP
    except OSError:
        return True
