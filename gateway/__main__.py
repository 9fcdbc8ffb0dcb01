"""Run the gateway: `python -m gateway`."""

import asyncio
import gc
import os
import resource
import signal
import sys
from collections.abc import Mapping

import uvloop

from gateway.gateway import Gateway
from gateway.settings import ConfigurationError, Settings

BACKLOG = 4096


def main() -> None:
    # This is the process's entry: the one place that reads the environment.
    environ = dict(os.environ)  # noqa: TID251 - passed to Settings.read
    try:
        settings = Settings.read(environ)
    except ConfigurationError as error:
        sys.exit(f"gateway not started: {error}")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(serve(settings, environ))


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    loop = asyncio.get_running_loop()
    gateway = Gateway(settings, environ)
    try:
        server = await loop.create_server(
            gateway.connections.accept, settings.host, settings.port, backlog=BACKLOG
        )
    except OSError as error:
        sys.exit(f"gateway not started: {settings.host}:{settings.port}: {error.strerror}")
    gateway.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    # Requests leave no cycles behind; what is here now stays.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    await stopped.wait()
    server.close()
    await gateway.stop()


if __name__ == "__main__":
    main()
