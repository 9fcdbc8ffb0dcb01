"""What functions take of memory after real calls, and what they are forked from takes."""

import json
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.row import Row
from bench.traffic import Traffic
from local.status import own_memory
from tests.e2e.client import Fanfold

ROUNDS = 300
AT_ONCE = 2
# So that a slow machine ends, too; the row says how many calls there were.
LONGEST = 600.0
BAR = 12.0
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Memory:
    """Proportional set sizes in megabytes: of each function, and of zygote and nurseries."""

    functions: dict[str, float]
    shared: float
    calls: int

    @property
    def each(self) -> dict[str, float]:
        """What each function takes, its part of what all are forked from counted."""
        part = self.shared / len(self.functions)
        largest_first = sorted(self.functions.items(), key=lambda item: -item[1])
        return {name: size + part for name, size in largest_first}

    @property
    def mean(self) -> float:
        return statistics.fmean(self.each.values())

    def rows(self) -> list[Row]:
        name, most = next(iter(self.each.items()))
        over = f"{sum(size > BAR for size in self.each.values())} of {len(self.each)}"
        return [
            Row(
                what=f"Memory of a function after {self.calls} calls, all counted: mean",
                ours=f"{self.mean:.1f} MB",
                bar=f"≤ {BAR:g} MB",
                met=self.mean <= BAR,
                command="bench/memory.py",
            ),
            Row(
                what=f"The same, the largest: {name} ({over} over {BAR:g} MB)",
                ours=f"{most:.1f} MB",
            ),
        ]


def measure(fanfold: Fanfold) -> tuple[Memory, set[str]]:
    """Call every function, then look; give also the names of those that have no call here."""
    traffic, end = Traffic(fanfold), time.monotonic() + LONGEST

    def one_round(_number: int) -> None:
        if time.monotonic() < end:
            traffic.round()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one_round, range(ROUNDS)))
    functions = fanfold.http.get("/system/functions", auth=fanfold.operator).json()
    uncalled = {each["name"] for each in functions} - set(traffic.calls)
    sizes = {name: of_function(fanfold, name) for name in traffic.calls}
    makers = of_makers(gateway(fanfold.installation.home))
    return Memory(sizes, makers, min(traffic.calls.values())), uncalled


def gateway(home: Path) -> int:
    """Give the number of the installation's gateway."""
    return int(json.loads((home / "supervisor.json").read_text())["gateway"][0])


def of_function(fanfold: Fanfold, name: str) -> float:
    answer = fanfold.http.get(f"/system/function/{name}?usage=1", auth=fanfold.operator)
    return float(answer.json()["usage"]["totalMemoryBytes"]) / MEGABYTE


def of_makers(parent: int) -> float:
    """Add up the processes below the gateway that functions are forked from."""
    found, looked_at = 0.0, children(parent)
    while looked_at:
        number = looked_at.pop()
        below = children(number)
        # A young nursery may not have forked yet, and spares never do; they are named so.
        if below or Path(f"/proc/{number}/comm").read_text() in {"nursery\n", "spare\n"}:
            found += own_memory(number)
        looked_at += below
    return found * 1024 / MEGABYTE


def children(parent: int) -> list[int]:
    lists = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(number) for each in lists for number in each.read_text().split()]
