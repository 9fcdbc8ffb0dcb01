"""Two ways to ask: as much as goes, by wrk, and at a steady pace, to see the slow answers."""

import asyncio
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.machine import ASKING

CONNECTIONS = 50
SECONDS = 2
PACED_SECONDS = 3
PACED = "bench/load.py: paced"


class NoWrk(Exception):
    """wrk is not here."""


@dataclass(frozen=True)
class Load:
    """Requests per second, and how many of them were not answered with 2xx."""

    rate: float
    refused: int


def command(url: str, token: str = "") -> list[str]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise NoWrk("wrk is missing: apt-get install wrk")
    header = ["-H", f"Authorization: Bearer {token}"] if token else []
    return [
        *("taskset", "-c", str(ASKING)),
        *(wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *header, url),
    ]


def shown(path: str) -> str:
    """Give the command as a reader may type it."""
    return f"taskset -c {ASKING} wrk -t1 -c{CONNECTIONS} -d{SECONDS}s http://…{path}"


def most(url: str, token: str = "") -> Load:
    """Ask as fast as answers come."""
    said = subprocess.run(  # noqa: S603 - our own arguments
        command(url, token), capture_output=True, text=True, check=True
    ).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if rate is None:
        raise ValueError(f"wrk must tell Requests/sec, got {said[-300:]}")
    return Load(float(rate[1]), int(refused[1]) if refused else 0)


def paced(url: str, rate: float) -> float:
    """Ask at this rate whatever the answers do; give their 99th percentile in ms."""
    times = sorted(asyncio.run(ask(url, rate)))
    return times[int(len(times) * 0.99)] * 1000


async def ask(url: str, rate: float) -> list[float]:
    times: list[float] = []
    begin = time.perf_counter() + 0.1
    async with asyncio.TaskGroup() as group:
        for first in range(CONNECTIONS):
            group.create_task(ask_in_turn(url, times, begin + first / rate, CONNECTIONS / rate))
    return times


async def ask_in_turn(url: str, times: list[float], due: float, step: float) -> None:
    """Ask on one connection; the time runs from when it was due, late or not."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    asking = f"GET {place.path or '/'} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode()
    end = due + PACED_SECONDS
    while due < end:
        await asyncio.sleep(due - time.perf_counter())
        writer.write(asking)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        times.append(time.perf_counter() - due)
        due += step
    writer.close()
