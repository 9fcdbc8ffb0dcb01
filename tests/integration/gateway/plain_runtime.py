"""A stand-in for shared.runtime: bare ASGI, so that tests see the gateway and nothing else."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn


@dataclass
class Call:
    """One request; the first segment of its path says what to do with it."""

    scope: dict[str, Any]
    receive: Callable[[], Awaitable[dict[str, Any]]]
    send: Callable[[dict[str, Any]], Awaitable[None]]

    @property
    def query(self) -> str:
        query: bytes = self.scope["query_string"]
        return query.decode()

    @property
    def target(self) -> str:
        path: bytes = self.scope["raw_path"]
        return f"{path.decode()}?{self.query}" if self.query else path.decode()

    async def head(self, status: int = 200, **headers: str) -> None:
        lines = [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": lines})

    async def piece(self, body: bytes, *, more: bool = True) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def answer(self, body: bytes, status: int = 200, kind: str = "text/plain") -> None:
        await self.head(status, content_length=str(len(body)), content_type=kind)
        await self.piece(body, more=False)

    async def body(self) -> bytes:
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> Any:
        more = True
        while more:
            message = await self.receive()
            more = message.get("more_body", False)
            yield message.get("body", b"")

    async def disconnected(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await chat(scope, receive, send)
    else:
        await ACTIONS.get(scope["path"].split("/")[1], echo)(Call(scope, receive, send))


async def chat(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Say again what is said, as often as the query asks, until somebody leaves."""
    await receive()
    if scope["path"] == "/refuse":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": None})
    times = int(scope["query_string"] or 1)
    say("chat began")
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "leave":
            await send({"type": "websocket.close", "code": 4001, "reason": "left"})
            break
        for _ in range(times):
            await send({**message, "type": "websocket.send"})
    say("chat ended")


async def health(call: Call) -> None:
    await call.answer(b"OK")


async def hello(call: Call) -> None:
    await call.answer(b'{"hello":"world"}', kind="application/json")


async def echo(call: Call) -> None:
    body = await call.body()
    seen = {
        "method": call.scope["method"],
        "target": call.target,
        "headers": [[name.decode(), value.decode()] for name, value in call.scope["headers"]],
        "body": body.decode(errors="replace"),
        "environment": dict(os.environ),
        "secrets": mounted(),
        "process": os.getpid(),
    }
    await call.answer(json.dumps(seen).encode(), kind="application/json")


def mounted() -> dict[str, str]:
    folder = Path(os.environ["secret_mount_path"])  # noqa: SIM112 - OpenFaaS's own name
    return {path.name: path.read_text() for path in folder.iterdir()}


async def slow(call: Call) -> None:
    """Sleep as many seconds as the query says, unless the caller leaves first."""
    say("slow began")
    sleep = asyncio.ensure_future(asyncio.sleep(float(call.query)))
    gone = asyncio.ensure_future(call.disconnected())
    await asyncio.wait({sleep, gone}, return_when=asyncio.FIRST_COMPLETED)
    if not sleep.done():
        say("slow was cancelled")
    sleep.cancel()
    gone.cancel()
    await call.answer(b"slept")


async def drip(call: Call) -> None:
    """Send as many chunks as the query says, one each 50 ms."""
    await call.head(content_type="text/event-stream")
    for number in range(int(call.query)):
        await call.piece(f"data: {number}\n\n".encode())
        await asyncio.sleep(0.05)
    await call.piece(b"", more=False)


async def large(call: Call) -> None:
    """Send as many bytes as the query says."""
    left = int(call.query)
    await call.head(content_length=str(left))
    piece = b"x" * 65_536
    while left:
        part = piece[:left]
        left -= len(part)
        await call.piece(part, more=left > 0)


async def count(call: Call) -> None:
    size = 0
    async for piece in call.pieces():
        size += len(piece)
    await call.answer(str(size).encode())


async def stall(call: Call) -> None:
    """Do not read the body for as many seconds as the query says."""
    await asyncio.sleep(float(call.query))
    await count(call)


async def early(call: Call) -> None:
    """Refuse without reading the body."""
    await call.answer(b"too much", 413)


async def torn(call: Call) -> None:
    """Promise as many bytes as the query says, send four and die."""
    await call.head(content_length=call.query)
    await call.piece(b"half")
    os._exit(4)


async def crash(_call: Call) -> None:
    os._exit(3)


async def status(call: Call) -> None:
    await call.head(int(call.query), x_of="function", connection="x-hop", x_hop="one")
    await call.piece(b"", more=False)


async def talk(call: Call) -> None:
    say((await call.body()).decode())
    await call.answer(b"said")


async def eat(call: Call) -> None:
    """Take as many MiB as the query says, and keep them."""
    EATEN.append(bytearray(os.urandom(1 << 20) * int(call.query)))
    await call.answer(b"eaten")


async def work(call: Call) -> None:
    """Use the processor for as many seconds as the query says."""
    until = time.process_time() + float(call.query)
    while time.process_time() < until:
        pass
    await call.answer(b"worked")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


EATEN: list[bytearray] = []
ACTIONS = {
    "_": health,
    "hello": hello,
    "slow": slow,
    "drip": drip,
    "large": large,
    "count": count,
    "stall": stall,
    "early": early,
    "torn": torn,
    "crash": crash,
    "status": status,
    "talk": talk,
    "eat": eat,
    "work": work,
}


def main() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "BROKEN" in os.environ:
        sys.exit(f"BROKEN is set to {os.environ['BROKEN']}")
    time.sleep(float(os.environ.get("SLOW_START", "0")))
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_keep_alive=60,
    )
    listening = socket.socket(fileno=int(os.environ["FANFOLD_LISTEN_FD"]))
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
