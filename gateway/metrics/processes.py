"""What the processes of functions and the gateway's own use of the machine."""

import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from gateway.resources.usage import TICKS, memory, ran, stat
from shared.prometheus import Family

# The processes of each function, by its full name.
Numbers = Mapping[str, list[int]]


class Processes:
    """Sums up what processes ran; of one that ended, what it had run when last seen."""

    def __init__(self) -> None:
        self.seen: dict[int, float] = {}
        self.spent: defaultdict[str, float] = defaultdict(float)

    def families(self, numbers: Numbers) -> list[Family]:
        """Read /proc, which takes its time: not on the loop."""
        cpu = Family(
            "gateway_function_cpu_seconds_total", "counter", "Processor time of its processes."
        )
        weight = Family(
            "gateway_function_memory_bytes",
            "gauge",
            "Proportional set size of its processes: what they share counts by their share.",
        )
        self.look(numbers)
        for name, processes in numbers.items():
            labels = {"function_name": name}
            cpu.add(self.spent[name], labels)
            weight.add(sum(map(memory, processes)), labels)
        return [cpu, weight, *own()]

    def look(self, numbers: Numbers) -> None:
        seen: dict[int, float] = {}
        for name, processes in numbers.items():
            for number in processes:
                # One that is gone in between has run no less than when it was last seen.
                now = max(ran(number), self.seen.get(number, 0.0))
                self.spent[name] += now - self.seen.get(number, 0.0)
                seen[number] = now
        self.seen = seen
        for name in self.spent.keys() - numbers.keys():
            del self.spent[name]


def own() -> Iterable[Family]:
    """Give the gateway's process under the names that every client library uses."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    pages = Path("/proc/self/statm").read_text().split()
    size = os.sysconf("SC_PAGE_SIZE")
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat(os.getpid())[19]) / TICKS
    for name, kind, meaning, value in (
        (
            "process_cpu_seconds_total",
            "counter",
            "Processor time of the gateway.",
            used.ru_utime + used.ru_stime,
        ),
        (
            "process_resident_memory_bytes",
            "gauge",
            "Resident memory of the gateway.",
            int(pages[1]) * size,
        ),
        (
            "process_virtual_memory_bytes",
            "gauge",
            "Address space of the gateway.",
            int(pages[0]) * size,
        ),
        (
            "process_open_fds",
            "gauge",
            "Files and sockets that the gateway has open.",
            len(list(Path("/proc/self/fd").iterdir())),
        ),
        ("process_max_fds", "gauge", "How many of them it may have.", most),
        (
            "process_start_time_seconds",
            "gauge",
            "When the gateway began, in Unix time.",
            round(time.time() - uptime, 2),
        ),
    ):
        family = Family(name, kind, meaning)
        family.add(value, {})
        yield family


def build(release: str) -> Family:
    family = Family("gateway_build_info", "gauge", "Which gateway this is.")
    python = ".".join(map(str, sys.version_info[:3]))
    family.add(1, {"version": release, "python": python})
    return family
