"""The gateway's end of the zygote: order a process, hear of its exit, kill it."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.settings import CHECKOUT
from shared import log

REPORT_SIZE = 1 << 16
RESTART_PAUSE = 0.2


class ZygoteLost(Exception):
    """The zygote went away between the order and its answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a function process is to be."""

    name: str
    module: str
    path: tuple[str, ...]
    environment: Mapping[str, str]


class Process:
    """A function process; `exited` resolves to the reason, in words."""

    def __init__(self, number: int, zygote: "Zygote") -> None:
        self.number = number
        self.exited: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.zygote = zygote
        self.reason = ""

    def end(self, reason: str) -> None:
        """Kill it, and have `reason` stand where a signal would be named."""
        if not self.exited.done():
            self.reason = reason
            self.zygote.send({"kill": self.number})

    def resolve(self, reason: str) -> None:
        if not self.exited.done():
            self.exited.set_result(self.reason or reason)


class Zygote:
    """Keeps one zygote running; when it dies its functions die with it, and it starts anew."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.orders: dict[int, asyncio.Future[Process]] = {}
        self.processes: dict[int, Process] = {}
        self.last = 0
        self.ready = asyncio.Event()
        self.popen: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # Our own interpreter, with arguments that are not anybody's input.
            self.popen = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "gateway.zygote", str(theirs.fileno())],
                cwd=CHECKOUT,
                env=self.environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        ours.setblocking(False)
        self.control = ours
        asyncio.get_running_loop().add_reader(ours.fileno(), self.hear)

    async def fork(self, order: Order, listener: socket.socket, output: int) -> Process:
        await self.ready.wait()
        self.last += 1
        started: asyncio.Future[Process] = asyncio.get_running_loop().create_future()
        self.orders[self.last] = started
        self.send({"id": self.last, **order_members(order)}, [listener.fileno(), output])
        return await started

    def send(self, order: dict[str, Any], descriptors: list[int] | None = None) -> None:
        if self.control is None:
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self.control, [msgspec.json.encode(order)], descriptors or [])

    def hear(self) -> None:
        assert self.control is not None
        try:
            message = self.control.recv(REPORT_SIZE)
        except BlockingIOError:
            return
        except ConnectionResetError:
            message = b""
        if not message:
            self.lose()
            return
        self.take(msgspec.json.decode(message))

    def take(self, fact: dict[str, Any]) -> None:
        if "started" in fact:
            process = Process(fact["process"], self)
            self.processes[process.number] = process
            started = self.orders.pop(fact["started"])
            if started.done():
                process.end("was not wanted any more")
            else:
                started.set_result(process)
        elif "exited" in fact:
            process = self.processes.pop(fact["exited"])
            process.resolve(words(fact["code"]))
        else:
            for name, reason in fact["missing"].items():
                log.warning("library not preloaded", library=name, reason=reason)
            self.ready.set()

    def lose(self) -> None:
        """Know that the zygote is gone, and that the kernel killed every function with it."""
        self.close()
        log.error("zygote exited", functions=len(self.processes))
        for process in self.processes.values():
            process.resolve("was killed with the zygote")
        for started in self.orders.values():
            if not started.done():
                started.set_exception(ZygoteLost("the zygote exited"))
        self.processes.clear()
        self.orders.clear()
        asyncio.get_running_loop().call_later(RESTART_PAUSE, self.start)

    def close(self) -> None:
        """End the zygote, and with it every function process."""
        self.ready.clear()
        if self.control is not None:
            asyncio.get_running_loop().remove_reader(self.control.fileno())
            self.control.close()
            self.control = None
        if self.popen is not None:
            self.popen.kill()
            self.popen.wait()


def order_members(order: Order) -> dict[str, Any]:
    return {
        "name": order.name,
        "module": order.module,
        "path": order.path,
        "environment": dict(order.environment),
    }


def words(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = "unknown"
    return f"was killed by signal {-code} ({name})"
