"""What became of a function's calls, in plain numbers that cost a call next to nothing."""

from collections.abc import Iterable

from shared.prometheus import BOUNDS, Timing


class Counts:
    """Counts since this gateway took the function in; only its own end takes them back."""

    __slots__ = ("restarts", "timings", "wake_seconds", "wakes", "woken_at")

    def __init__(self) -> None:
        # By status; 0 is a call whose client left before the answer.
        self.timings: dict[int, Timing] = {}
        self.restarts = 0
        self.wakes = 0
        self.wake_seconds = 0.0
        self.woken_at: float | None = None

    def observe(self, status: int, seconds: float) -> None:
        timing = self.timings.get(status)
        if timing is None:
            timing = self.timings[status] = Timing()
        timing.observe(seconds)

    def woken(self, now: float) -> None:
        """Know that a call found no process, and one is being started for it."""
        if self.woken_at is None:
            self.woken_at = now

    def awake(self, now: float) -> None:
        """Know that a process answers; it counts as a wake if a call had asked for one."""
        if self.woken_at is not None:
            self.wakes += 1
            self.wake_seconds += now - self.woken_at
            self.woken_at = None

    @property
    def finished(self) -> int:
        return sum(timing.calls for timing in self.timings.values())

    @property
    def failed(self) -> int:
        """How many calls ended with a fault of the server's side."""
        return sum(timing.calls for status, timing in self.timings.items() if status >= 500)

    def quantile(self, part: float) -> float | None:
        """Estimate the time within which this part of all calls ended, between two bounds."""
        return quantile(merged(self.timings.values()), part)


def merged(timings: Iterable[Timing]) -> list[int]:
    """Add up the buckets of several statuses."""
    rows = [timing.buckets for timing in timings]
    return [sum(column) for column in zip(*rows, strict=True)]


def quantile(buckets: list[int], part: float) -> float | None:
    """Take calls of a bucket as evenly spread in it; past the last bound it is that bound."""
    wanted = part * sum(buckets)
    if not wanted:
        return None
    below, start = 0, 0.0
    for bound, calls in zip(BOUNDS, buckets, strict=False):
        if calls and below + calls >= wanted:
            return start + (bound - start) * (wanted - below) / calls
        below += calls
        start = bound
    return BOUNDS[-1]
