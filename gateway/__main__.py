"""Run the gateway: `python -m gateway`."""

import asyncio
import fcntl
import gc
import os
import resource
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import uvloop

from gateway.gateway import Gateway
from gateway.http.connections import Connections
from gateway.metrics.page import Page
from gateway.settings import Settings
from shared import log
from shared.errors import ConfigurationError

BACKLOG = 4096
LOOPBACK = "127.0.0.1"


def main() -> None:
    # This is the process's entry: the one place that reads the environment.
    environ = dict(os.environ)  # noqa: TID251 - passed to Settings.read
    try:
        settings = Settings.read(environ)
        lock = alone(settings.folder)
    except ConfigurationError as error:
        sys.exit(f"gateway not started: {error}")
    log.configure(settings.log_level)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with lock:
        uvloop.run(serve(settings, environ))


def alone(folder: Path) -> IO[bytes]:
    """Hold the data folder, so that no second gateway writes to it, until this one ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(f"another gateway uses {folder}") from None
    return lock


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    loop = asyncio.get_running_loop()
    gateway = Gateway(settings, environ, time.time)
    page = Page(gateway)
    server = await bound(gateway.connections, settings.host, settings.port)
    metrics = await bound(page.connections, LOOPBACK, settings.metrics_port)
    gateway.start()
    # Only now: a call that came before would be told that its function is not deployed.
    await server.start_serving()
    await metrics.start_serving()
    host, port = server.sockets[0].getsockname()[:2]
    if gateway.queue is not None:
        gateway.queue.start(host, port)
    shown = metrics.sockets[0].getsockname()[1]
    log.info("gateway started", host=host, port=port, metrics_port=shown)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    # Requests leave no cycles behind; what is here now stays.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    await stopped.wait()
    server.close()
    await gateway.stop()
    # The last: an operator may want to see what it still waits for.
    metrics.close()
    page.connections.close()
    log.info("gateway stopped")


async def bound(connections: Connections, host: str, port: int) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            connections.accept, host, port, backlog=BACKLOG, start_serving=False
        )
    except OSError as error:
        sys.exit(f"gateway not started: {host}:{port}: {error.strerror}")


if __name__ == "__main__":
    main()
