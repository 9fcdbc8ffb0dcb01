"""The server of a process: its connections, its one timer, its end."""

import asyncio
import contextlib
import signal
import socket

from shared.server.connection import Connection
from shared.server.exchange import Application, Exchange

BACKLOG = 4096
TICK_SECONDS = 5.0
# How long a stopping server waits for the answers that are under way.
GRACE_SECONDS = 10.0
FLUSH_SECONDS = 1.0


class Server:
    """Serves one application on one listening socket until SIGINT, and not until SIGTERM.

    A watchdog passes SIGTERM on at once and sends calls for a while after it: who stops the
    function first sends no more calls, waits for those in flight, and then kills.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.loop = asyncio.get_running_loop()
        self.open: set[Connection] = set()
        self.running: set[Exchange] = set()
        self.stopping = False
        self.ticks = 0
        self.stopped = asyncio.Event()
        self.empty = asyncio.Event()

    async def serve(self, listening: socket.socket) -> None:
        make = (
            self.loop.create_unix_server
            if listening.family == socket.AF_UNIX
            else self.loop.create_server
        )
        listener = await make(lambda: Connection(self), sock=listening, backlog=BACKLOG)
        self.loop.add_signal_handler(signal.SIGINT, self.stop)
        timer = self.loop.create_task(self.tick())
        try:
            await self.stopped.wait()
            listener.close()
            await self.finish()
        finally:
            timer.cancel()
            self.loop.remove_signal_handler(signal.SIGINT)

    def stop(self) -> None:
        self.stopping = True
        self.stopped.set()

    async def finish(self) -> None:
        """Let the answers under way end, and every connection with its answer."""
        self.close(idle=True)
        tasks = [exchange.task for exchange in self.running if exchange.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE_SECONDS)
        if not self.open:
            return
        self.close()
        with contextlib.suppress(TimeoutError):  # What was written leaves before the process.
            await asyncio.wait_for(self.empty.wait(), FLUSH_SECONDS)

    def close(self, *, idle: bool = False) -> None:
        """Close all connections, or those only that owe nothing."""
        for connection in list(self.open):
            if not (idle and connection.front):
                connection.transport.close()

    def forget(self, connection: Connection) -> None:
        self.open.discard(connection)
        if self.stopping and not self.open:
            self.empty.set()

    async def tick(self) -> None:
        """Look at all connections now and then: a timer for each would cost each call."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self.ticks += 1
            for connection in list(self.open):
                connection.expire(self.ticks)
