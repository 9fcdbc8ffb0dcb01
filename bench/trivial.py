"""The trivial ASGI function: the least that a function can do, served as functions are."""

import os
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

BODY = b'{"hello":"world"}\n'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(BODY)).encode()),
    ],
}
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def application(_scope: dict[str, Any], _receive: object, send: Send) -> None:
    await send(START)
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_keep_alive=60,
    )
    descriptor = int(os.environ["FANFOLD_LISTEN_FD"])  # noqa: TID251 - a process entry point
    with socket.socket(fileno=descriptor) as listening:
        uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
