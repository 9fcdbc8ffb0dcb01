"""What the gateway, its functions and the connector take of memory while a load lasts."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import Installation
from tests.faults.parts import processes

EVERY = 10.0
# Until then functions wake and their caches fill: growth counts from here.
WARM = 120.0
PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


@dataclass
class Memory:
    """Proportional set sizes in megabytes, one every ten seconds."""

    sizes: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        warm = self.sizes[min(int(WARM / EVERY), len(self.sizes) - 1) :]
        if len(warm) < 3:
            return f"memory {self.sizes[-1]:.0f} MB; too short to tell growth from warming up"
        third = len(warm) // 3
        early, late = sum(warm[:third]) / third, sum(warm[-third:]) / third
        return f"memory once warm {early:.0f} MB, at the end {late:.0f} MB"


@contextmanager
def watched(installation: Installation) -> Iterator[Memory]:
    """Look every now and then until the block ends."""
    memory, done = Memory(), threading.Event()

    def look() -> None:
        while True:
            memory.sizes.append(_size(installation))
            if done.wait(EVERY):
                return

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield memory
    finally:
        done.set()
        watching.join()


def _size(installation: Installation) -> float:
    everything = [
        process
        for part in ("gateway", "connector")
        for process in processes(installation, part)
    ]
    return sum(map(_pss, everything)) / 1000


def _pss(process: int) -> float:
    try:
        [size] = PSS.findall(Path(f"/proc/{process}/smaps_rollup").read_text())
    except (OSError, ValueError):  # it has ended meanwhile
        return 0.0
    return float(size) * 1.024
