"""Start the connector: `python -m event_connector`; or drain a queue that nobody consumes."""

import argparse
import asyncio
import gc
import getpass
import logging
import os
import secrets
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvloop

from event_connector.calls.calling import Client
from event_connector.calls.invoker import Invoker
from event_connector.connector import Connector
from event_connector.deployed.gateway import Gateway
from event_connector.operation import drain, exposition, health, orders
from event_connector.operation.metrics import Metrics
from event_connector.settings import Settings
from shared import log
from shared.amqp import Broker
from shared.errors import ConfigurationError

DRAINING = """\
The queue of a function that was removed keeps its events. Deploy the function again, and it
gets them. If it is not to come back, this command moves them to the dead letters, where they
can be read, edited, retried or discarded:

  python -m event_connector drain fn.post-on-digest --why "the digest is gone for good"

With --for-good it deletes the queue then, too, with its bindings and what its lanes remember;
without, new events of its topics gather there. What is drained of the other queues that
nobody consumes goes to where it belongs:

  events.orphaned   retries whose queue is gone: to the dead letters, as "no queue"
  events.parked     dead letters that their store refused: to the store once more
  events.unrouted   events that no queue was bound for: to the exchange they came to

A dead letter that is too large for the store stays in events.parked, and the store has a stub
that names its sha256; --keep FOLDER moves the whole to a file of that name.

It refuses while the function is deployed or its queue consumed, records who drains what and why
(event-actions lists it), and takes no event from the queue before its destination has it: it
may be stopped and run again at any moment. It reads the same settings as the connector.
"""


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
    page = await health.serve(
        settings.host, settings.port, connector.health, lambda: exposition.page(connector)
    )
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


def main(arguments: Sequence[str]) -> int:
    """Give the exit status: 2 when the settings cannot be used, 1 when the rest cannot."""
    asked = parser().parse_args(arguments)
    try:
        settings = Settings.read(os.environ)  # noqa: TID251 - a process entry point
    except ConfigurationError as error:
        log.error("connector not started", error=str(error))
        return 2
    log.configure("error" if asked.command else settings.log_level)
    # Broken connections are told once by us, not at each attempt by the library.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    try:
        if asked.command == "drain":
            what = orders.order(
                asked.queue, asked.why, asked.who, for_good=asked.for_good, keep=asked.keep
            )
            return uvloop.run(drain.run(settings, what, say))
        # A delivery makes many objects that nothing refers to in circles: look for those less
        # often, and never at what was imported.
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)
        uvloop.run(serve(settings))
    except orders.Refused as error:
        say(f"Not drained: {error}.")
        return 2
    except OSError as error:
        log.error("connector stopped", error=str(error))
        return 1
    return 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="python -m event_connector",
        description="Take every event from RabbitMQ to the functions that asked for it. "
        "Without a command, run until SIGTERM.",
    )
    commands = found.add_subparsers(dest="command", metavar="command")
    draining = commands.add_parser(
        "drain",
        help="move events that nobody consumes to where they belong",
        description=DRAINING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    draining.add_argument(
        "queue", help="fn.<function> or events.…, as the alarm and /healthz name it"
    )
    draining.add_argument("--why", required=True, help="for the record of operators' actions")
    draining.add_argument(
        "--who", default=getpass.getuser(), help="for the same; your login name by default"
    )
    draining.add_argument(
        "--for-good", action="store_true", help="delete the function's queue when it is empty"
    )
    draining.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="move what is too large for the store of dead letters to files",
    )
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
