"""The gateway's end of one zygote: order a process, hear of its exit, kill it."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.processes.starting import NotStarted
from gateway.processes.zygote import ORDER_SIZE
from gateway.resources.cgroups import Group

REPORT_SIZE = 1 << 18


class ZygoteLost(NotStarted):
    """The zygote went away between the order and its answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a function process is to be."""

    name: str
    module: str
    path: tuple[str, ...]
    environment: Mapping[str, str]


class Process:
    """A forked process; `exited` resolves to the reason, in words."""

    def __init__(self, number: int, zygote: "ZygoteEnd") -> None:
        self.number = number
        self.exited: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.zygote = zygote
        self.reason = ""
        # It did not end by itself, and nobody ended it for what it did.
        self.orphaned = False
        # What it was confined by, which may know better why it ended.
        self.group: Group | None = None

    def end(self, reason: str) -> None:
        """Kill it, and have `reason` stand where a signal would be named."""
        if not self.exited.done():
            self.reason = reason
            self.zygote.send({"kill": self.number})

    def resolve(self, reason: str) -> None:
        if not self.exited.done():
            known = self.group.end(reason) if self.group is not None else reason
            self.exited.set_result(self.reason or known)


class ZygoteEnd:
    """One socket to one zygote, and the processes forked from it."""

    def __init__(self, lost: Callable[["ZygoteEnd"], None]) -> None:
        self.lost = lost
        self.loop = asyncio.get_running_loop()
        self.orders: dict[int, asyncio.Future[Process]] = {}
        self.processes: dict[int, Process] = {}
        self.last = 0
        # Resolves to what the zygote tells of itself when it has imported everything.
        self.ready: asyncio.Future[dict[str, Any]] = self.loop.create_future()
        self.control, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.setblocking(False)
        self.open = True
        self.loop.add_reader(self.control.fileno(), self.hear)

    async def order(self, members: dict[str, Any], descriptors: list[int]) -> Process:
        if not self.open:
            raise ZygoteLost("the zygote has exited")
        self.last += 1
        started: asyncio.Future[Process] = self.loop.create_future()
        self.orders[self.last] = started
        try:
            self.send({"id": self.last, **members}, descriptors)
        except OSError:
            del self.orders[self.last]
            raise
        return await started

    def send(self, order: dict[str, Any], descriptors: list[int] | None = None) -> None:
        message = msgspec.json.encode(order)
        if len(message) > ORDER_SIZE:
            # The zygote would read a part of it, fall over that, and take every function along.
            raise OSError(
                f"its variables must take at most {ORDER_SIZE} bytes, got {len(message)}"
            )
        if self.open:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(self.control, [message], descriptors or [])

    def hear(self) -> None:
        try:
            message = self.control.recv(REPORT_SIZE)
        except BlockingIOError:
            return
        except ConnectionResetError:
            message = b""
        if message:
            self.take(msgspec.json.decode(message))
        else:
            self.close()
            self.lost(self)

    def take(self, fact: dict[str, Any]) -> None:
        if "started" in fact:
            process = Process(fact["process"], self)
            self.processes[process.number] = process
            started = self.orders.pop(fact["started"])
            if started.done():
                process.end("was not wanted any more")
            else:
                started.set_result(process)
        elif "refused" in fact:
            started = self.orders.pop(fact["refused"])
            if not started.done():
                started.set_exception(OSError(fact["reason"]))
        elif "exited" in fact:
            self.processes.pop(fact["exited"]).resolve(words(fact["code"]))
        elif not self.ready.done():
            self.ready.set_result(fact)

    def close(self) -> None:
        """Let go of the zygote: it ends, and the kernel ends every process it forked."""
        if not self.open:
            return
        self.open = False
        self.loop.remove_reader(self.control.fileno())
        self.control.close()
        self.theirs.close()
        for process in self.processes.values():
            process.orphaned = True
            process.resolve("was killed with the zygote")
        for started in self.orders.values():
            fail(started)
        fail(self.ready)
        self.processes.clear()
        self.orders.clear()


def fail(waiting: asyncio.Future[Any]) -> None:
    if not waiting.done():
        waiting.set_exception(ZygoteLost("the zygote exited"))
        waiting.exception()  # Nobody may be waiting for it.


def words(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"was killed by signal {-code} ({name})"
