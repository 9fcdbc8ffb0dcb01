"""One process of a function, as calls see it: a socket, its connections, what is in flight."""

import asyncio
import contextlib
import socket
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.calls.upstream import Upstream

if TYPE_CHECKING:
    from gateway.calls.invoke import Call
    from gateway.processes.life import Life
    from gateway.processes.starting import Running

BACKLOG = 4096
CONNECTIONS = 1024
# Shorter than the 5 s after which usual servers close an idle connection, should a function run
# one: no call is ever written to a connection that is just being closed.
KEEP_SECONDS = 3.5


class Replica:
    """Calls are welcome before the process is up: the kernel queues them on its socket."""

    def __init__(self, path: Path, generation: int) -> None:
        self.path = str(path)
        self.generation = generation
        self.process: Running | None = None
        self.life: Life | None = None
        self.loop = asyncio.get_running_loop()
        self.listener: socket.socket | None = None
        self.ready = False
        self.retired = False
        # Whether a process may take connections, and how many there have been so far.
        self.attended = False
        self.processes = 0
        self.in_flight = 0
        # Whole answers, as far as their connection could be kept.
        self.answered = 0
        self.quiet = asyncio.Event()
        self.retiring = asyncio.Event()
        self.connections = 0
        self.idle: list[Upstream] = []
        self.waiting: deque[Call] = deque()
        self.opening: set[asyncio.Task[None]] = set()

    def listen(self) -> socket.socket:
        if self.listener is None:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                Path(self.path).unlink(missing_ok=True)
                listener.bind(self.path)
                listener.listen(BACKLOG)
                listener.setblocking(False)
            except OSError:
                listener.close()
                raise
            self.listener = listener
        return self.listener

    def close(self) -> None:
        """Stop listening; the kernel resets the connections that were never accepted."""
        if self.listener is not None:
            self.listener.close()
            self.listener = None
            Path(self.path).unlink(missing_ok=True)
        for upstream in self.idle:
            upstream.transport.close()
        self.idle.clear()

    def attend(self) -> None:
        """Know that a process is about to take the connections that wait, and others."""
        self.attended = True
        self.processes += 1

    def retire(self) -> None:
        """Take no more calls; `quiet` is set when those in flight are answered."""
        self.retired = True
        self.retiring.set()
        if not self.in_flight:
            self.quiet.set()

    async def told_to_retire(self, seconds: float) -> None:
        """Pause for some time, but not past the moment at which the replica is retired."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.retiring.wait(), seconds)

    def take(self, call: "Call") -> None:
        self.in_flight += 1
        newest = call.begun - KEEP_SECONDS
        while self.idle:
            upstream = self.idle.pop()
            if upstream.idle_since > newest and not upstream.transport.is_closing():
                upstream.carry(call)
                return
            upstream.transport.close()
        if self.connections >= CONNECTIONS:
            self.waiting.append(call)
            return
        self.connections += 1
        task = self.loop.create_task(self.open(call))
        self.opening.add(task)
        task.add_done_callback(self.opening.discard)

    async def open(self, call: "Call") -> None:
        try:
            _, upstream = await self.loop.create_unix_connection(self.upstream, self.path)
        except OSError:
            call.broken(reused=False, unseen=True)
            self.make_room()
            return
        if call.over:
            self.keep(upstream, self.loop.time())
        else:
            upstream.carry(call)

    def upstream(self) -> Upstream:
        return Upstream(self)

    def give_back(self) -> None:
        """Know that a call is over, however it ended."""
        self.in_flight -= 1
        if self.retired and not self.in_flight:
            self.quiet.set()

    def keep(self, upstream: Upstream, now: float) -> None:
        """Have the connection for another call."""
        self.answered += 1
        while self.waiting:
            call = self.waiting.popleft()
            if not call.over:
                upstream.carry(call)
                return
        upstream.idle_since = now
        self.idle.append(upstream)

    def forget(self, upstream: Upstream) -> None:
        if upstream in self.idle:
            self.idle.remove(upstream)
        self.make_room()

    def make_room(self) -> None:
        """Have one connection less, and open another for the first call that waits for one."""
        self.connections -= 1
        while self.waiting:
            call = self.waiting.popleft()
            if not call.over:
                self.in_flight -= 1
                self.take(call)
                return
