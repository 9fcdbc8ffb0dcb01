"""Notice changed files, and renew the functions that they reach.

A look asks the kernel for the times of a few hundred files, 4 times a second: that is a few
thousandths of a core, and unlike inotify it sees changes on every kind of file system. What
changes together (a checkout, an editor's rename) is waited for, and is one change.
"""

import asyncio
import contextlib
import importlib.util
import json
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from gateway.development.imports import Signature, signature
from gateway.development.reach import Reach
from gateway.function import Function
from gateway.processes.nurseries import Nurseries
from gateway.processes.supervisor import Supervisor
from shared import log

LOOK_SECONDS = 0.25
QUIET_SECONDS = 0.05
LONGEST_SECONDS = 1.0
NOTE_SIZE = 1 << 14
# The name of the socket to which processes tell what they import.
SOCKET = "imports.dgram"


class Watch:
    def __init__(self, supervisor: Supervisor, nurseries: Nurseries, runtime: str) -> None:
        self.supervisor = supervisor
        self.nurseries = nurseries
        self.reach = Reach(runtime)
        self.reached: dict[Function, frozenset[str]] = {}
        self.known: dict[str, Signature] = {}
        self.news = True
        self.notes = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = str(supervisor.run / SOCKET)
        Path(self.path).unlink(missing_ok=True)
        self.notes.bind(self.path)
        self.notes.setblocking(False)
        supervisor.loop.add_reader(self.notes.fileno(), self.hear)

    def close(self) -> None:
        self.supervisor.loop.remove_reader(self.notes.fileno())
        self.notes.close()

    def hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                function, file = json.loads(self.notes.recv(NOTE_SIZE))
                self.news = self.reach.note(function, file) or self.news
                self.known.setdefault(file, signature(file))

    async def run(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            changed = self.look()
            if changed:
                self.apply(changed | await self.quiet())

    async def quiet(self) -> set[str]:
        """Wait until nothing changes any more, and give what did until then."""
        changed: set[str] = set()
        end = self.supervisor.loop.time() + LONGEST_SECONDS
        while self.supervisor.loop.time() < end:
            await asyncio.sleep(QUIET_SECONDS)
            more = self.look()
            if not more:
                break
            changed |= more
        return changed

    def look(self) -> set[str]:
        """Give the files and folders that are not as they were at the last look."""
        self.follow()
        changed = set()
        for path, before in self.known.items():
            now = signature(path)
            if now != before:
                self.known[path] = now
                changed.add(path)
        return changed

    def follow(self) -> None:
        """Know the files of all functions, when there may be others than before."""
        functions = self.supervisor.functions
        if not self.news and functions == self.reached.keys():
            return
        self.news = False
        self.reached = {function: self.reach.of(function) for function in functions}
        files = set(self.nurseries.files()).union(*self.reached.values())
        # A folder changes when a file comes into it or leaves it.
        watched = files | {os.path.dirname(file) for file in files}  # noqa: PTH120 - often, fast
        self.known = {path: self.known.get(path) or signature(path) for path in watched}

    def apply(self, changed: set[str]) -> None:
        """Have no process serve what it imported before the change."""
        forget_compiled(changed)
        self.nurseries.outdate(changed)
        self.reach.look_again()
        before, self.news = self.reached, True
        self.follow()
        # Who was called last is waited for: it starts first.
        for function in sorted(self.supervisor.functions, key=last_used, reverse=True):
            reached, files = before.get(function, frozenset()), self.reached[function]
            # What it reached is there no more, or it reaches what was not there before.
            concerned = (reached | files) & changed | (reached ^ files)
            if function.desired and (concerned or function.failure):
                self.renew(function, concerned or changed)

    def renew(self, function: Function, files: Iterable[str]) -> None:
        names = ", ".join(sorted(Path(file).name for file in files)[:3])
        self.supervisor.note(function, f"is started anew: {names} changed")
        log.info("function renewed", function=function.full_name, changed=names)
        self.reach.forget(function.full_name)
        self.supervisor.renew(function)


def last_used(function: Function) -> float:
    return function.used_at


def forget_compiled(files: Iterable[str]) -> None:
    """Remove what Python compiled: by whole seconds and sizes it cannot tell old from new."""
    for file in files:
        if file.endswith(".py"):
            with contextlib.suppress(OSError):
                Path(importlib.util.cache_from_source(file)).unlink(missing_ok=True)
