"""Bytes from the replica's socket to a server on TCP and back, as they come."""

import asyncio
import contextlib
import sys
from typing import cast

FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
CONNECT_SECONDS = 5.0
# So often it is looked whether somebody listens, and so often nobody may before it counts.
LOOK_SECONDS = 2.0
LOOKS = 3
ASKED = b"GET /_/health "
HEALTHY = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"


class Side(asyncio.Protocol):
    """One end of a passage: what it receives is written to the other end."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.other: Side | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        if self.other is not None and self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        return True

    def connection_lost(self, error: Exception | None) -> None:
        if self.other is not None:
            if error is None:
                self.other.transport.close()
            else:
                self.other.transport.abort()

    def pause_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.transport.is_closing():
            self.other.transport.resume_reading()


class Passage(Side):
    """A connection of the gateway's; the server is asked for one when the first bytes come."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__()
        self.address = (host, port)
        self.loop = asyncio.get_running_loop()
        self.opening: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.other is not None:
            self.other.transport.write(data)
        elif data.startswith(ASKED):
            # The question is the watchdog's: that it takes connections is the answer.
            self.transport.write(HEALTHY)
            self.transport.close()
        else:
            self.transport.pause_reading()
            self.opening = self.loop.create_task(self.open(data))

    async def open(self, first: bytes) -> None:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, far = await self.loop.create_connection(Side, *self.address)
        except (OSError, TimeoutError) as error:
            say(f"{self.address[0]}:{self.address[1]} took no connection: {reason(error)}")
            self.transport.abort()
            return
        far.other = self
        self.other = far
        far.transport.write(first)
        if self.transport.is_closing():
            far.transport.abort()
        else:
            self.transport.resume_reading()


async def until_open(host: str, port: int, ready_path: str) -> None:
    """Wait for the server to take a connection, and to say 200 where it was asked to."""
    told, pause = "", FIRST_PAUSE
    while True:
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                status = await ask(host, port, ready_path)
        except (OSError, TimeoutError) as error:
            found = f"{host}:{port} takes no connection yet: {reason(error)}"
        else:
            if status in {0, 200}:
                return
            found = f"{ready_path} answers {status} and not 200 yet"
        if found != told:
            told = found
            say(found)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def until_gone(host: str, port: int, pause: float = LOOK_SECONDS) -> str:
    """Return when nobody listens any more, with the words for it.

    Who only takes long may still answer the calls that it has.
    """
    missed = 0
    while missed < LOOKS:
        await asyncio.sleep(pause)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await ask(host, port, "")
        except TimeoutError:
            missed = 0
        except OSError as error:
            missed, why = missed + 1, reason(error)
        else:
            missed = 0
    return f"{host}:{port} takes no connection any more: {why}"


async def ask(host: str, port: int, path: str) -> int:
    """Give the status of a GET, or 0 for a connection where there is no path to ask for."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        if not path:
            return 0
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        )
        words = (await reader.readline()).split()
        return int(words[1]) if len(words) > 1 and words[1].isdigit() else 502
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or f"none within {CONNECT_SECONDS:g} s"


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
