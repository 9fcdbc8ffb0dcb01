"""The stages of a load, what each showed, and where the knee is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Past this a reader notices.
PATIENCE_MS = 250.0
# Of what a stage asks for, the part that must be answered; the rest is the clock's.
ANSWERED = 0.9
FAILED = 0.001


@dataclass(frozen=True)
class Sample:
    """What was counted since the load began."""

    seconds: float
    requests: int
    failures: int
    times: Mapping[int, int]  # milliseconds: how many


@dataclass(frozen=True)
class Stage:
    """What one stage showed: rates in requests/s, times in ms, failures as a part of all."""

    asked: float
    answered: float
    p50: float
    p95: float
    failed: float

    @classmethod
    def between(cls, asked: float, before: Sample, after: Sample) -> "Stage":
        requests = after.requests - before.requests
        times = Counter(after.times)
        times.subtract(before.times)
        return cls(
            asked=asked,
            answered=requests / (after.seconds - before.seconds),
            p50=percentile(times, 0.50),
            p95=percentile(times, 0.95),
            failed=(after.failures - before.failures) / max(requests, 1),
        )

    @property
    def holds(self) -> bool:
        """Whether as much was answered as was asked, soon, and without failures."""
        return (
            self.answered >= ANSWERED * self.asked
            and self.p95 <= PATIENCE_MS
            and self.failed <= FAILED
        )


def percentile(times: Mapping[int, int], part: float) -> float:
    """Give the time that `part` of all stay within."""
    left = part * sum(times.values())
    found = 0
    for time, count in sorted(times.items()):
        if count > 0:
            found = time
        left -= count
        if left <= 0:
            break
    return float(found)


def knee(stages: Iterable[Stage]) -> Stage | None:
    """Give the last stage that held before one did not; None when the first did not."""
    last = None
    for stage in stages:
        if not stage.holds:
            return last
        last = stage
    return last


def summary(stages: list[Stage]) -> str:
    """Say it in a table, and then where the knee is."""
    head = "  asked/s  answered/s   p50 ms   p95 ms   failed"
    rows = [
        f"{stage.asked:9.0f}{stage.answered:12.1f}{stage.p50:9.0f}{stage.p95:9.0f}"
        f"{stage.failed:9.2%}{'' if stage.holds else '  does not hold'}"
        for stage in stages
    ]
    return "\n".join([head, *rows, _where(stages)])


def _where(stages: list[Stage]) -> str:
    found = knee(stages)
    if found is None:
        return "The first stage did not hold: begin with less (--from)."
    told = f"{found.answered:.0f} requests/s, p95 {found.p95:.0f} ms"
    if stages[-1].holds:
        return f"Every stage held, the last with {told}: the knee is further up (--to)."
    return f"The knee is at {told}; 70 % of it are {0.7 * found.answered:.0f} requests/s."
