"""What processes use of the machine, as the kernel counts it."""

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gateway.function import Function
from gateway.wire import Usage

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
# A shorter time has too few ticks of the kernel's clock to tell a percentage by.
LEAST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """How much a process had run at a moment, both in seconds."""

    at: float
    ran: float


class Meter:
    """Tells what a process used since one of the last two looks, so that nobody has to wait."""

    def __init__(self) -> None:
        self.marks: dict[int, tuple[Mark, Mark]] = {}

    def look(self, functions: Iterable[Function]) -> None:
        now = time.monotonic()
        before, self.marks = self.marks, {}
        for number in numbers(functions):
            mark = Mark(now, ran(number))
            older = before.get(number)
            self.marks[number] = (older[1] if older else born(number, mark), mark)

    def of(self, function: Function) -> Usage:
        """Give cpu in thousandths of a core, and memory, of all replicas together."""
        found = numbers([function])
        return Usage(round(sum(map(self.cpu, found)), 1), sum(map(memory, found)))

    def cpu(self, number: int) -> float:
        mark = Mark(time.monotonic(), ran(number))
        marks = self.marks.get(number)
        if marks is None:
            since = born(number, mark)
        else:
            older, newer = marks
            since = newer if mark.at - newer.at >= LEAST_SECONDS else older
        seconds = mark.at - since.at
        return max(0.0, (mark.ran - since.ran) / seconds * 1000) if seconds > 0 else 0.0


def numbers(functions: Iterable[Function]) -> list[int]:
    """Give the processes of these functions, also those that only end their calls."""
    return [
        replica.process.number
        for function in functions
        for replica in function.replicas
        if replica.process is not None
    ]


def born(number: int, mark: Mark) -> Mark:
    """Give the moment at which the process began, when it had not run at all."""
    fields = stat(number)
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / TICKS if fields else 0.0
    return Mark(mark.at - max(age, 1 / TICKS), 0.0)


def family(number: int) -> list[int]:
    """Give the process and those that it has started: a program that is none of ours is one."""
    found = [number]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text()
        except OSError:
            continue
        found += map(int, children.split())
    return found


def ran(number: int) -> float:
    """Give how many seconds it and its children have run, also those that have ended."""
    return sum(sum(map(int, fields[11:15])) for fields in map(stat, family(number))) / TICKS


def stat(number: int) -> list[str]:
    """Give the fields of /proc/<number>/stat from its third on, or none when it has gone."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def memory(number: int) -> int:
    """Give the proportional set size: pages shared with the zygote count by their share."""
    return sum(map(share, family(number)))


def share(number: int) -> int:
    try:
        found = PSS.search(Path(f"/proc/{number}/smaps_rollup").read_text())
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0


def resident(number: int) -> int:
    """Give at once what is never less than `memory`: all pages, shared or not."""
    return sum(map(pages, family(number))) * PAGE


def pages(number: int) -> int:
    try:
        return int(Path(f"/proc/{number}/statm").read_text().split()[1])
    except OSError:
        return 0
