"""A stand-in for shared.runtime: bare ASGI, so that the tests see the gateway and nothing else."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import uvicorn

STARTED = time.time()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    action = ACTIONS.get(scope["path"].split("/")[1], echo)
    await action(scope, receive, send)


async def answer(send: Any, body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    head = [(b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def read(receive: Any) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def hello(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, b'{"hello":"world"}', 200, (b"content-type", b"application/json"))


async def echo(scope: Any, receive: Any, send: Any) -> None:
    body = await read(receive)
    mount = Path(os.environ.get("secret_mount_path", "/nowhere"))
    seen = {
        "method": scope["method"],
        "target": (scope["raw_path"] + (b"?" + query if (query := scope["query_string"]) else b"")).decode(),
        "headers": [[name.decode(), value.decode()] for name, value in scope["headers"]],
        "body": body.decode(errors="replace"),
        "environment": dict(os.environ),
        "secrets": {p.name: p.read_text() for p in mount.iterdir()} if mount.is_dir() else {},
        "process": os.getpid(),
        "started": STARTED,
    }
    await answer(send, json.dumps(seen).encode(), 200, (b"content-type", b"application/json"))


async def slow(scope: Any, receive: Any, send: Any) -> None:
    print("slow began", flush=True)
    sleep = asyncio.ensure_future(asyncio.sleep(float(scope["query_string"] or b"1")))
    gone = asyncio.ensure_future(disconnected(receive))
    await asyncio.wait({sleep, gone}, return_when=asyncio.FIRST_COMPLETED)
    if gone.done():
        print("slow was cancelled", flush=True)
    sleep.cancel()
    gone.cancel()
    await answer(send, b"slept")


async def disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def drip(scope: Any, receive: Any, send: Any) -> None:
    """Send as many chunks as the query says, one each 50 ms."""
    head = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    for number in range(int(scope["query_string"] or b"3")):
        body = f"data: {number}\n\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})
        await asyncio.sleep(0.05)
    await send({"type": "http.response.body", "body": b""})


async def large(scope: Any, receive: Any, send: Any) -> None:
    """Send as many bytes as the query says."""
    left = int(scope["query_string"])
    head = [(b"content-length", str(left).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    piece = b"x" * 65_536
    while left:
        part = piece[:left]
        left -= len(part)
        await send({"type": "http.response.body", "body": part, "more_body": left > 0})


async def count(scope: Any, receive: Any, send: Any) -> None:
    size = 0
    while True:
        message = await receive()
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await answer(send, str(size).encode())


async def early(scope: Any, receive: Any, send: Any) -> None:
    """Refuse without reading the body."""
    await answer(send, b"too much", 413)


async def stall(scope: Any, receive: Any, send: Any) -> None:
    """Do not read the body for a while."""
    await asyncio.sleep(float(scope["query_string"]))
    await count(scope, receive, send)


async def crash(scope: Any, receive: Any, send: Any) -> None:
    os._exit(3)


async def status(scope: Any, receive: Any, send: Any) -> None:
    number = int(scope["query_string"])
    head = [(b"x-of", b"function")]
    await send({"type": "http.response.start", "status": number, "headers": head})
    await send({"type": "http.response.body", "body": b""})


async def talk(scope: Any, receive: Any, send: Any) -> None:
    body = await read(receive)
    sys.stdout.write(body.decode() + "\n")
    sys.stdout.flush()
    await answer(send, b"said")


async def health(scope: Any, receive: Any, send: Any) -> None:
    await answer(send, b"OK")


ACTIONS = {
    "_": health,
    "hello": hello,
    "slow": slow,
    "drip": drip,
    "large": large,
    "count": count,
    "early": early,
    "stall": stall,
    "crash": crash,
    "status": status,
    "talk": talk,
}


class Server(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def main() -> None:
    if os.environ.get("BROKEN"):
        sys.exit(f"BROKEN is set to {os.environ['BROKEN']}")
    time.sleep(float(os.environ.get("SLOW_START", "0")))
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
    listening = socket.socket(fileno=int(os.environ["FANFOLD_LISTEN_FD"]))
    Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
