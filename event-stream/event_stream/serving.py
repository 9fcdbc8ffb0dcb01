"""The process that serves, from its settings to its exit status."""

import asyncio
import signal
from collections.abc import Mapping

import uvloop

from event_stream.server import serve
from event_stream.settings import Settings
from shared import log
from shared.errors import ConfigurationError


def run(environ: Mapping[str, str]) -> int:
    """Serve until SIGTERM or SIGINT: 2 when the settings are unusable, 1 when the port is."""
    try:
        settings = Settings.read(environ)
    except ConfigurationError as error:
        log.error("event stream not started", error=str(error))
        return 2
    log.configure(settings.log_level)
    try:
        uvloop.run(_until_told(settings))
    except RuntimeError as error:
        # gRPC's word for a port that is taken.
        log.error("event stream not started", error=str(error), port=settings.port)
        return 1
    return 0


async def _until_told(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    await serve(settings, stopped)
