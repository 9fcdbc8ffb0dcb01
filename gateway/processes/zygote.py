"""Fork function processes from one that has imported the libraries they all use.

The gateway runs `python -m gateway.zygote <fd>` and gives it orders over that SEQPACKET socket.
This first zygote imports third-party libraries, and never `functions` or `shared`: what it has
imported it will serve until it ends, changed or not. From it are forked nurseries, zygotes that
have imported the runtime as it is now, from those the nurseries of services, which have done
what each process of the service would begin with, and from those the functions. A nursery is
replaced when a file that it imported has changed. A loop, a client, a thread or an id generator
made before a fork would be shared by all that is forked, so there is none.
"""

import contextlib
import ctypes
import gc
import importlib
import itertools
import json
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import Any, NoReturn

from gateway.processes import program
from gateway.processes.pools import fillers

PRELOADED = (
    "asyncio",
    "uvloop",
    "httptools",
    "email.utils",
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
    "websockets.asyncio.client",
    # The client imports its resources when they are first used.
    "imagekitio",
    "imagekitio.resources.assets",
    "imagekitio.resources.files",
    "imagekitio.resources.files.bulk",
    "imagekitio.types.asset_list_response",
    "anyio._backends._asyncio",
    "httpcore",
    "standardwebhooks.webhooks",
)
ORDER_SIZE = 1 << 18
# A service whose imports take longer has no nursery of its own.
REHEARSAL_SECONDS = 10
PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
prctl = ctypes.CDLL(None, use_errno=True).prctl


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    die_with(os.getppid())
    Zygote(control).serve(PRELOADED)


def die_with(parent: int) -> None:
    """Have the kernel kill this process with its parent, however the parent dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


class Zygote:
    """One loop, one thread: orders in, process ids and exits out."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: set[int] = set()
        self.fillers: list[bytes] = []
        self.wakeup, self.wake = os.pipe()
        for end in (self.wakeup, self.wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)

    def serve(self, modules: tuple[str, ...], service: str = "", *, lasts: bool = True) -> None:
        self.prepare(modules, service, lasts=lasts)
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

    def prepare(self, modules: tuple[str, ...], service: str, *, lasts: bool) -> None:
        """Import, then tell when that began and of which files it was.

        What `lasts` is never replaced, whatever changes. The runtime rehearses itself, and,
        in a nursery of its own, each service.
        """
        began, newest, missing = time.time(), next(reversed(sys.modules)), {}
        wanted = deque(modules)
        while wanted:
            name = wanted.popleft()
            try:
                module = importlib.import_module(name)
            except Exception as error:  # noqa: BLE001 - who needs it will say so in its log
                missing[name] = str(error)
            else:
                wanted.extend(getattr(module, "PRELOADED", ()))
        rehearse = None if lasts else getattr(sys.modules.get(modules[0]), "rehearse", None)
        if rehearse is not None:
            signal.alarm(REHEARSAL_SECONDS)
            rehearse(service)
            signal.alarm(0)
        # The new ones only: to look at all would copy the pages that their names are on.
        new = itertools.takewhile(lambda name: name != newest, reversed(sys.modules))
        found = [getattr(sys.modules[name], "__file__", None) for name in new]
        # What is loaded stays: the collector need not touch, and so copy, the pages it is on.
        gc.collect()
        self.fillers = fillers()
        gc.freeze()
        own = [file for file in found if file and "site-packages" not in file]
        self.report(
            {
                "began": began,
                "files": [] if lasts else own,
                "rehearses": rehearse is not None,
                "missing": missing,
                "threads": threading.active_count(),
            }
        )

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
        become = self.become_nursery if "nursery" in order else self.become_function
        self.fork(become, order, descriptors)

    def fork(
        self,
        become: Callable[[dict[str, Any], list[int]], None],
        order: dict[str, Any],
        descriptors: list[int],
    ) -> None:
        parent = os.getpid()
        try:
            process = os.fork()
        except OSError as error:
            # The machine has no room for one more; those that are there must not end for it.
            fact = {"refused": order["id"], "reason": str(error)}
        else:
            if not process:
                die_with(parent)
                self.run(become, order, descriptors)
            self.children.add(process)
            fact = {"started": order["id"], "process": process}
        for descriptor in descriptors:
            os.close(descriptor)
        self.report(fact)

    def report(self, fact: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.control.send(json.dumps(fact).encode())

    # In the fork

    def run(
        self,
        become: Callable[[dict[str, Any], list[int]], None],
        order: dict[str, Any],
        descriptors: list[int],
    ) -> NoReturn:
        """Become what was ordered, and end with it: nothing of the zygote runs again."""
        code = 1
        try:
            self.leave_behind()
            sys.path[:] = dict.fromkeys([*order["path"], *sys.path])
            prctl(PR_SET_NAME, order["name"].encode()[:15])
            become(order, descriptors)
            code = 0
        except SystemExit as stop:
            code = program.exit_code(stop)
        except BaseException:  # noqa: BLE001 - whatever ends a function is written to its log
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def leave_behind(self) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self.wakeup)
        os.close(self.wake)
        self.control.close()

    def become_nursery(self, order: dict[str, Any], descriptors: list[int]) -> None:
        control = socket.socket(fileno=descriptors[0])
        Zygote(control).serve((order["nursery"],), order["service"], lasts=False)

    def become_function(self, order: dict[str, Any], descriptors: list[int]) -> None:
        listener, output = descriptors
        program.take_streams(output)
        program.be_told(order["environment"], listener)
        program.start(order["module"])


if __name__ == "__main__":
    main()
