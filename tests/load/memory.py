"""What the gateway, its functions and the connector take of memory while a load lasts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.status import memory
from tests.conftest import Installation
from tests.faults.parts import control_of

EVERY = 10.0
# Until then functions wake and their caches fill: growth counts from here.
WARM = 120.0


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
    seen, done = Memory(), threading.Event()

    def look() -> None:
        while True:
            seen.sizes.append(_size(installation))
            if done.wait(EVERY):
                return

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        done.set()
        watching.join()


def _size(installation: Installation) -> float:
    status = control_of(installation).status()
    first = [entry["pid"] for entry in status if entry["part"] in {"gateway", "connector"}]
    # A part that is just being started again has no process.
    return sum(memory(process) or 0 for process in first if process) * 1.024 / 1000
