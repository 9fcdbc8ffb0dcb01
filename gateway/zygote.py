"""Fork function processes from one that has imported the libraries they all use.

Run by the gateway as `python -m gateway.zygote <fd>`, over a SEQPACKET socket: an order (JSON,
with the listening socket and the log pipe attached) is answered by the process id, and each
exit is reported when it happens. Third-party libraries only are imported before the fork:
with `functions` or `shared` among them a changed file would go on serving stale code, and a
loop, a client, a thread or an id generator made here would be shared by every function.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

PRELOADED = (
    "asyncio",
    "uvloop",
    "httptools",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.loops.uvloop",
    "uvicorn.lifespan.on",
    "msgspec",
    "jwt.algorithms",
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "google.protobuf.json_format",
    "google.protobuf.timestamp_pb2",
    "google.protobuf.internal.builder",
    "aiohttp",
    "aio_pika",
    "asyncpg",
    "aiomysql",
    "motor.motor_asyncio",
    "redis.asyncio",
    "surrealdb",
    "imagekitio",
    "svix.webhooks",
)
ORDER_SIZE = 1 << 18
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
prctl = ctypes.CDLL(None, use_errno=True).prctl


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    die_with(os.getppid())
    missing = preload()
    gc.collect()
    gc.freeze()
    hello = {"threads": threading.active_count(), "missing": missing}
    control.send(json.dumps(hello).encode())
    Zygote(control).serve()


def die_with(parent: int) -> None:
    """Have the kernel kill this process with its parent, however the parent dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def preload() -> dict[str, str]:
    missing = {}
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ImportError as error:
            missing[name] = str(error)
    return missing


class Zygote:
    """The one loop of the zygote: orders in, process ids and exits out."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.path = [entry for entry in sys.path if entry]
        self.children: set[int] = set()
        self.wakeup, self.wake = os.pipe()
        for end in (self.wakeup, self.wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll()]
            if self.wakeup in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wakeup, 4096)
            self.reap()
            if self.control.fileno() in ready:
                message, descriptors, _, _ = socket.recv_fds(self.control, ORDER_SIZE, 2)
                if not message:
                    return
                self.obey(json.loads(message), descriptors)

    def reap(self) -> None:
        while self.children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            self.children.discard(process)
            self.report({"exited": process, "code": os.waitstatus_to_exitcode(status)})

    def obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        # Only the parent of a process knows that its id has not been given to another one.
        if "kill" in order:
            if order["kill"] in self.children:
                os.kill(order["kill"], signal.SIGKILL)
            return
        parent = os.getpid()
        process = os.fork()
        if not process:
            self.become(order, descriptors, parent)
        self.children.add(process)
        for descriptor in descriptors:
            os.close(descriptor)
        self.report({"started": order["id"], "process": process})

    def report(self, fact: dict[str, int]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.control.send(json.dumps(fact).encode())

    def become(self, order: dict[str, Any], descriptors: list[int], parent: int) -> NoReturn:
        """Turn the fork into the function: its streams, environment and path, then its code."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            die_with(parent)
            listener, output = descriptors
            self.take_streams(output)
            be_told(order["environment"], listener)
            sys.path[:] = [*order["path"], *self.path]
            prctl(PR_SET_NAME, order["name"].encode()[:15])
            run(order["module"])
            code = 0
        except SystemExit as stop:
            code = exit_code(stop)
        except BaseException:  # noqa: BLE001 - whatever ends a function is written to its log
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def take_streams(self, output: int) -> None:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        for descriptor in (nothing, output, self.wakeup, self.wake):
            os.close(descriptor)
        self.control.close()
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a text stream


def be_told(variables: dict[str, str], listener: int) -> None:
    # The process begins here: what it reads of its environment is what its deployment said.
    environ = os.environ  # noqa: TID251 - written, not read
    environ.clear()
    environ.update(variables, FANFOLD_LISTEN_FD=str(listener))


def run(name: str) -> None:
    sys.argv = [name]
    module = importlib.import_module(name)
    if hasattr(module, "main"):
        sys.exit(module.main())
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    sys.stderr.write(f"{stop.code}\n")
    return 1


if __name__ == "__main__":
    main()
