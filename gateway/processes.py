"""The gateway's end of the zygote: order a process, hear of its exit, kill it."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from gateway.settings import CHECKOUT

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

    def kill(self) -> None:
        if not self.exited.done():
            self.zygote.send({"kill": self.number})


class Zygote:
    """Keeps one zygote running; when it dies its functions die with it, and it starts anew."""

    def __init__(self, environment: Mapping[str, str], note: Callable[[str], None]) -> None:
        self.environment = dict(environment)
        self.note = note
        self.orders: dict[int, asyncio.Future[Process]] = {}
        self.processes: dict[int, Process] = {}
        self.last = 0
        self.ready = asyncio.Event()
        self.popen: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None

    def start(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.popen = subprocess.Popen(
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
        assert self.control is not None  # noqa: S101 - heard only while the socket is open
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
                process.kill()
            else:
                started.set_result(process)
        elif "exited" in fact:
            process = self.processes.pop(fact["exited"])
            process.exited.set_result(words(fact["code"]))
        else:
            for name, reason in fact["missing"].items():
                self.note(f"zygote could not import {name}: {reason}")
            self.ready.set()

    def lose(self) -> None:
        """The zygote is gone, and the kernel killed every function with it."""
        self.close()
        self.note("zygote exited, starting another")
        for process in self.processes.values():
            process.exited.set_result("killed with the zygote")
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
    return f"killed by signal {-code} ({name})"


def python_path(root: Path) -> tuple[str, ...]:
    """The image's own folder first, so that a function finds its service before another's."""
    return tuple(dict.fromkeys((str(root), str(CHECKOUT))))
