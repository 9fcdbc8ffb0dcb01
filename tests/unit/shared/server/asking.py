"""A server over a pair of sockets, and a client that writes bytes and reads answers."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from shared.server.connection import Connection
from shared.server.exchange import Application, Message, Receive, Scope, Send
from shared.server.server import Server

PATIENCE = 10.0


async def until(holds: Callable[[], object]) -> None:
    """Let the loop turn until it holds; the loop is this test's own, so it does not spin."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - the server has no event to tell a test of it
            await asyncio.sleep(0)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Client:
    """One connection; whatever does not come in time fails the test."""

    server: Server
    connection: Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    interim: list[int] = field(default_factory=list)

    @classmethod
    async def of(cls, application: Application, server: Server | None = None) -> Self:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        server = server or Server(application)
        _, connection = await loop.connect_accepted_socket(lambda: Connection(server), ours)
        reader, writer = await asyncio.open_unix_connection(sock=theirs)
        return cls(server, connection, reader, writer)

    def write(self, request: bytes) -> None:
        self.writer.write(request)

    async def answer(self, method: str = "GET") -> Answer:
        async with asyncio.timeout(PATIENCE):
            head = await self.reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")[:-2]
            status = int(first.split(" ")[1])
            if status < 200:
                self.interim.append(status)
                return await self.answer(method)
            headers = dict(line.split(": ", 1) for line in lines)
            return Answer(status, headers, await self.body(status, headers, method))

    async def body(self, status: int, headers: dict[str, str], method: str) -> bytes:
        if method == "HEAD" or status in {204, 304}:
            return b""
        if "content-length" in headers:
            return await self.reader.readexactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return await self.reader.read()
        pieces = []
        while size := int(await self.reader.readline(), 16):
            pieces.append(await self.reader.readexactly(size))
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"
        return b"".join(pieces)

    async def ask(self, request: bytes) -> Answer:
        self.write(request)
        return await self.answer(request.partition(b" ")[0].decode())

    async def rest(self) -> bytes:
        """Read to the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()

    async def close(self) -> None:
        self.writer.close()
        await until(lambda: not self.server.open)


@asynccontextmanager
async def talking(application: Application) -> AsyncIterator[Client]:
    client = await Client.of(application)
    try:
        yield client
    finally:
        await client.close()


async def body_of(receive: Receive) -> bytes:
    pieces = []
    while True:
        message = await receive()
        assert message["type"] == "http.request"
        pieces.append(message["body"])
        if not message["more_body"]:
            return b"".join(pieces)


async def respond(send: Send, body: bytes = b"", status: int = 200, **headers: str) -> None:
    lines = [(n.replace("_", "-").encode(), v.encode()) for n, v in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with method, path and body as they came."""
    body = await body_of(receive)
    await respond(send, b"%b %b %b" % (scope["method"].encode(), scope["raw_path"], body))


@dataclass
class Seen:
    """Keeps what an application was told, and answers 200."""

    scopes: list[Scope] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        self.messages.append(await receive())
        await respond(send, b"seen")

    def only(self) -> dict[str, Any]:
        (scope,) = self.scopes
        return dict(scope)
