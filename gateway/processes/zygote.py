"""Fork function processes from one that has imported the libraries they all use.

The gateway runs `python -m gateway.processes.cradle <fd>` and gives it orders over that
SEQPACKET socket. This first zygote imports third-party libraries, and never `functions` or
`shared`: what it has imported it will serve until it ends, changed or not. From it are forked
nurseries, zygotes that have imported the runtime as it is now, and had it rehearse what every
process begins with; and from those the functions. A nursery is replaced when a file that it
imported has changed. A loop, a client, a thread or an id generator made before a fork would be
shared by all that is forked, so there is none.
"""

import contextlib
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
from gateway.processes.libraries import PRELOADED
from gateway.processes.lineage import be_called, die_with, give_way
from gateway.processes.pools import fillers, one_arena
from gateway.processes.spares import Spares

ORDER_SIZE = 1 << 18
# A rehearsal that takes longer is left out.
REHEARSAL_SECONDS = 10


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    die_with(os.getppid())
    give_way()
    one_arena()
    Zygote(control).serve(PRELOADED, lasts=True)


class Zygote:
    """One loop, one thread: orders in, process ids and exits out."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: set[int] = set()
        self.spares = Spares()
        self.module = ""
        self.fillers: list[bytes] = []
        self.wakeup, self.wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)

    def serve(self, modules: tuple[str, ...], *, lasts: bool, rehearses: bool = False) -> None:
        self.prepare(modules, lasts=lasts, rehearses=rehearses)
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        poll.register(self.wakeup, select.POLLIN)
        while True:
            ready = [descriptor for descriptor, _ in poll.poll(self.spares.patience)]
            if not ready:
                self.fork_spare()
            if self.wakeup in ready:
                with contextlib.suppress(BlockingIOError):
                    os.read(self.wakeup, 4096)
            self.reap()
            if self.control.fileno() in ready:
                message, descriptors, _, _ = socket.recv_fds(self.control, ORDER_SIZE, 2)
                if not message:
                    return
                self.obey(json.loads(message), descriptors)

    def prepare(self, modules: tuple[str, ...], *, lasts: bool, rehearses: bool) -> None:
        """Import, then tell when that began and of which files it was.

        What `lasts` is never replaced, whatever changes.
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
        rehearse = getattr(sys.modules.get(modules[0]), "rehearse", None)
        if rehearses and rehearse is not None:
            signal.alarm(REHEARSAL_SECONDS)
            rehearse()
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
                "missing": missing,
                "threads": threading.active_count(),
            }
        )

    def reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                process, status = found
                self.spares.forget(process)
                if process in self.children:
                    self.children.discard(process)
                    code = os.waitstatus_to_exitcode(status)
                    self.report({"exited": process, "code": code})

    def obey(self, order: dict[str, Any], descriptors: list[int]) -> None:
        # Only the parent of a process knows that its id has not been given to another one.
        if "kill" in order:
            if order["kill"] in self.children:
                os.kill(order["kill"], signal.SIGKILL)
            return
        if "spares" in order and "id" not in order:
            self.spares.want(order["spares"])
        elif "nursery" in order:
            self.fork(self.become_nursery, order, descriptors)
        elif (spare := self.spares.order(order, descriptors)) is not None:
            self.started(order, spare, descriptors)
        else:
            self.fork(self.become_function, order, descriptors)

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
            close(descriptors)
            self.report({"refused": order["id"], "reason": str(error)})
            return
        if not process:
            die_with(parent)
            self.run(become, order, descriptors)
        self.started(order, process, descriptors)

    def started(self, order: dict[str, Any], process: int, descriptors: list[int]) -> None:
        self.children.add(process)
        close(descriptors)
        self.report({"started": order["id"], "process": process})

    def fork_spare(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        with theirs:
            try:
                process = os.fork()
            except OSError:
                ours.close()
                return  # No room now; there may be after the next quiet moment.
            if not process:
                die_with(parent)
                ours.close()
                order = {"name": "spare", "path": []}
                self.run(self.become_spare, order, [theirs.detach()])
        self.spares.waiting[process] = ours

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
            be_called(order["name"])
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
        for control in self.spares.waiting.values():
            control.close()

    def become_nursery(self, order: dict[str, Any], descriptors: list[int]) -> None:
        zygote = Zygote(socket.socket(fileno=descriptors[0]))
        zygote.spares.want(order["spares"])
        zygote.module = order["nursery"]
        zygote.serve((order["nursery"],), lasts=False, rehearses=order["rehearses"])

    def become_spare(self, _order: dict[str, Any], descriptors: list[int]) -> None:
        """Wait, with all that needs no name, to be told which function to be."""
        program.stand_by(self.module)
        with socket.socket(fileno=descriptors[0]) as control:
            message, given, _, _ = socket.recv_fds(control, ORDER_SIZE, 2)
        if message:
            order = json.loads(message)
            be_called(order["name"])
            self.become_function(order, given)

    def become_function(self, order: dict[str, Any], descriptors: list[int]) -> None:
        listener, output = descriptors
        program.take_streams(output)
        program.be_told(order["environment"], listener)
        program.start(order["module"])


def close(descriptors: list[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)
