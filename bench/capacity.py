"""How much may come at once: connections that wait, calls that take time, large bodies."""

import asyncio
import re
import time
from collections.abc import Awaitable
from pathlib import Path

from bench.row import Row
from tests.integration.gateway.running import Gateway

IDLE = 1_000
AT_ONCE = 500
SECONDS = 2
SIZE = 1 << 30
PIECE = b"x" * (1 << 18)
MEGABYTE = 1_000_000
BAR = 16.0
NAME = "capacity"


class Client:
    """A keep-alive connection that asks for a path of the function, again and again."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def connect(self) -> "Client":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(self, path: str, size: int = 0) -> tuple[int, int]:
        """Send a body of that size, and give the answer's status and size."""
        method, length = ("POST", f"Content-Length: {size}\r\n") if size else ("GET", "")
        head = f"{method} /function/{NAME}/{path} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n"
        self.writer.write(head.encode())
        for _ in range(size // len(PIECE)):
            self.writer.write(PIECE)
            await self.writer.drain()
        answer = await self.reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", answer.lower())
        expected = left = int(found[1]) if found else 0
        while left and (piece := await self.reader.read(min(left, len(PIECE)))):
            left -= len(piece)
        return int(answer[9:12]), expected - left

    def close(self) -> None:
        self.writer.close()


async def answered(calls: list[Awaitable[tuple[int, int]]]) -> int:
    """Count the calls that were answered 200; those that broke are not."""
    ends = await asyncio.gather(*calls, return_exceptions=True)
    return sum(isinstance(end, tuple) and end[0] == 200 for end in ends)


async def many(port: int) -> list[Row]:
    """Hold idle connections, have calls under way beside them, then use them all again."""
    idle = await asyncio.gather(*(Client(port).connect() for _ in range(IDLE)))
    first = await answered([client.ask("hello") for client in idle])
    busy = await asyncio.gather(*(Client(port).connect() for _ in range(AT_ONCE)))
    began = time.perf_counter()
    slow = await answered([client.ask(f"slow?{SECONDS}") for client in busy])
    took = time.perf_counter() - began
    again = await answered([client.ask("hello") for client in idle])
    for client in (*idle, *busy):
        client.close()
    return [
        Row(
            what=f"{IDLE:,} idle connections, each asked before and after",
            ours=f"{min(first, again):,} answered",
            bar="none lost",
            met=first == again == IDLE,
            command="bench/capacity.py",
        ),
        Row(
            what=f"{AT_ONCE} calls at once that each take {SECONDS} s, beside them",
            ours=f"{slow} answered, all within {took:.1f} s",
            bar="none lost",
            met=slow == AT_ONCE,
            command="bench/capacity.py",
        ),
    ]


async def large(port: int, process: int, way: str, path: str, size: int) -> Row:
    """Have 1 GiB pass through a function, and see how much memory the gateway took for it."""
    client = await Client(port).connect()
    await client.ask("hello")
    before = forget_peak(process)
    began = time.perf_counter()
    status, got = await client.ask(path, size)
    took = time.perf_counter() - began
    grown = (peak(process) - before) / MEGABYTE
    client.close()
    whole = status == 200 and SIZE in {got, size}
    return Row(
        what=f"1 GiB {way} through a function: the gateway's memory grows by",
        ours=f"{grown:.1f} MB, at {SIZE / MEGABYTE / took:,.0f} MB/s",
        bar=f"≤ {BAR:g} MB",
        met=whole and grown <= BAR,
        command="bench/capacity.py",
    )


def forget_peak(process: int) -> int:
    """Have the kernel begin anew to note the most memory; give what is taken now."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return peak(process)


def peak(process: int) -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def measure() -> list[Row]:
    running = Gateway()
    try:
        running.deployed(NAME)
        port, process = running.port, running.process.pid
        return [
            *asyncio.run(many(port)),
            asyncio.run(large(port, process, "up", "count", SIZE)),
            asyncio.run(large(port, process, "down", f"large?{SIZE}", 0)),
        ]
    finally:
        running.close()
