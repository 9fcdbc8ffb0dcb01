"""What a function's processes use of the machine, as the kernel counts it."""

import asyncio
import os
import re
from pathlib import Path

from gateway.function import Function
from gateway.wire import Usage

LOOK_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


async def of(function: Function) -> Usage:
    """Measure all its processes for a moment: cpu in thousandths of a core, and memory."""
    numbers = [each.process.number for each in function.replicas if each.process is not None]
    before = sum(map(ticks, numbers))
    await asyncio.sleep(LOOK_SECONDS)
    spent = (sum(map(ticks, numbers)) - before) / TICKS
    return Usage(max(0.0, round(spent / LOOK_SECONDS * 1000, 1)), sum(map(memory, numbers)))


def ticks(number: int) -> int:
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def memory(number: int) -> int:
    """Give the proportional set size: pages shared with the zygote count by their share."""
    try:
        found = PSS.search(Path(f"/proc/{number}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
