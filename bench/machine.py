"""The machine that measures: which cores serve, which ask, and what it is in general words."""

import contextlib
import os
import platform
from collections.abc import Iterator
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
SERVING, ASKING = CORES[0], CORES[-1]


@contextlib.contextmanager
def on_core(core: int) -> Iterator[None]:
    """Start programs on one core: they and all that they start stay there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def load() -> float:
    return os.getloadavg()[0]


def described() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(CORES)} cores ({processor()}), {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release().split('-')[0]}, "
        f"Python {platform.python_version()}"
    )


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
