"""The trivial ASGI function: the least that a function can do, served as functions are."""

import os
import signal
import socket

import uvloop

from shared.server.exchange import Receive, Scope, Send
from shared.server.server import Server

BODY = b'{"hello":"world"}\n'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
    ],
}


async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


async def serve() -> None:
    descriptor = int(os.environ["FANFOLD_LISTEN_FD"])  # noqa: TID251 - a process entry point
    with socket.socket(fileno=descriptor) as listening:
        await Server(application).serve(listening)


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    uvloop.run(serve())


if __name__ == "__main__":
    main()
