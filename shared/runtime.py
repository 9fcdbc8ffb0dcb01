"""The program of every function: it serves what SERVICE and OPERATION name.

It listens on the socket that it inherits (FANFOLD_LISTEN_FD), on a unix socket
(FANFOLD_SOCKET), or behind a watchdog on 127.0.0.1:PORT.
"""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import time

import uvloop

from shared import log, operation, rehearsal
from shared.application import Application, Parts
from shared.broker import Broker
from shared.calls import Calls
from shared.errors import ConfigurationError
from shared.identity import Identity
from shared.operation import Operation, connect_store, load, schema_of
from shared.outbox import Outbox
from shared.server.connection import Connection
from shared.server.server import Server
from shared.settings import Settings

HEALTH = b"GET /_/health HTTP/1.1\r\nHost: fanfold\r\n\r\n"
# What operations import besides: a gateway that forks functions from a process which has
# imported this module has these imported there, once for all.
PRELOADED = (
    "shared.pages",
    "shared.databases.mongo",
    "shared.databases.mysql",
    "shared.databases.postgres",
    "shared.databases.surreal",
    "proto.comment.v1.events_pb2",
    "proto.event.v1.events_pb2",
    "proto.like.v1.events_pb2",
    "proto.media.v1.events_pb2",
    "proto.post.v1.events_pb2",
    "proto.user.v1.events_pb2",
)


def utc_now() -> datetime:
    return datetime.fromtimestamp(time(), UTC)


def compose(settings: Settings) -> Application:
    """Build everything real, once per process."""
    return serving(settings, load(settings), connect_store(settings))


def serving(
    settings: Settings, operations: Mapping[str, Operation], store: object
) -> Application:
    database = getattr(store, "database", None)
    broker = Broker(lambda: settings.secret("broker-url"))
    return Application(
        operations,
        Parts(
            settings=settings,
            clock=utc_now,
            store=store,
            identity=Identity(settings),
            calls=Calls(settings, utc_now),
            broker=broker,
            outbox=Outbox(database, broker) if database else None,
            schema=schema_of(settings.service, database) if database else None,
        ),
    )


def rehearse() -> None:
    """Do what each process begins with in the one that all of them are forked from."""
    operation.rehearse()
    rehearsal.rehearse()


_ready: list[asyncio.Runner] = []


def stand_by() -> None:
    """Make what a function needs whichever it is, and answer once, on pages of its own."""
    runner = new_runner()
    with contextlib.suppress(OSError):  # it serves nobody yet, so nobody need know
        runner.run(_try_out())
    _ready.append(runner)


def new_runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _try_out() -> None:
    loop = asyncio.get_running_loop()
    server = Server(serving(Settings(), {}, None))
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.setblocking(False)
        await loop.connect_accepted_socket(lambda: Connection(server), ours)
        await loop.sock_sendall(theirs, HEALTH)
        await loop.sock_recv(theirs, 1024)
        server.close()


def listen(settings: Settings) -> socket.socket:
    """Give the listening socket that the settings name."""
    if settings.fanfold_listen_fd >= 0:
        return socket.socket(fileno=settings.fanfold_listen_fd)
    if settings.fanfold_socket:
        path = Path(settings.fanfold_socket)
        path.unlink(missing_ok=True)  # what a killed process left
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
    else:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", settings.port))
    listening.listen(2048)
    return listening


async def serve(settings: Settings) -> None:
    application = compose(settings)
    # What is loaded stays: the collector need not touch, and so copy, pages shared by fork.
    gc.collect()
    gc.freeze()
    with listen(settings) as listening:
        await Server(application).serve(listening)
    await application.close()


def main() -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        settings = Settings.read(os.environ)  # noqa: TID251 - this is a process entry point
        log.configure(settings.log_level)
        with _ready.pop() if _ready else new_runner() as runner:
            runner.run(serve(settings))
    except ConfigurationError as error:
        log.error("function not started", reason=str(error))
        return 1
    except OSError as error:
        log.error("function not listening", reason=str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
