"""Start the connector: `python -m event_connector`."""

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from contextlib import suppress

import uvloop

from event_connector import health
from event_connector.calling import Client
from event_connector.connector import Connector
from event_connector.gateway import Gateway
from event_connector.invoker import Invoker
from event_connector.metrics import Metrics
from event_connector.settings import Settings
from shared import log
from shared.amqp import Broker
from shared.errors import ConfigurationError


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT, then drain."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    client = Client(settings.gateway)
    connector = Connector(
        Broker(settings.broker, "event-connector"),
        Gateway(client, settings.login),
        Invoker(client, settings.signing_key, time.time, Metrics(time.time)),
        secrets.choice,
        settings.drain,
    )
    page = await health.serve(settings.host, settings.port, connector.health)
    running = asyncio.create_task(connector.run())
    waiting = asyncio.create_task(stopped.wait())
    log.info("connector started", gateway=settings.gateway, port=settings.port)
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    log.info("connector draining")
    await connector.stop()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await page.cleanup()
    client.close()
    log.info("connector stopped")


def main() -> int:
    """Give the exit status: 2 when the settings cannot be used, 1 when the port cannot."""
    try:
        settings = Settings.read(os.environ)  # noqa: TID251 - a process entry point
    except ConfigurationError as error:
        log.error("connector not started", error=str(error))
        return 2
    log.configure(settings.log_level)
    # Broken connections are told once by us, not at each attempt by the library.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    try:
        uvloop.run(serve(settings))
    except OSError as error:
        log.error("connector stopped", error=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
