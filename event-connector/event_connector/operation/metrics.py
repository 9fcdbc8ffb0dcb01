"""What the connector counts: plain numbers that cost an event next to nothing."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from shared.prometheus import BOUNDS, Timing

# An event that goes through takes milliseconds; one that waits in tiers may take an hour.
LATENCIES = (0.001, 0.0025, *BOUNDS, 60.0, 600.0, 3600.0)

# What may become of a message. `ok`: its function has taken it. `filtered`: nobody wanted it.
# `retried`: it waits in a tier. `postponed`: the platform held it up so long that it makes room
# for others. `dead`: dead-lettered. `parked`: the dead letters' own store refused it.
OUTCOMES = ("ok", "filtered", "retried", "postponed", "dead", "parked")


class Tally:
    """What became of one function's events, and what of them is in hand.

    A delivery takes a place with `arrive` and leaves it by `settle`, once it may be acked, or
    by `give_back`, when the broker is to deliver it again. The invoker tells of calls.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.events: Counter[str] = Counter()
        # By the outcome: `done`, `again`, `retry`, `platform`, `absent`, `dead`, `cancelled`.
        self.invocations: dict[str, Timing] = {}
        # From the event's own time to the end of its handling.
        self.deliveries = Timing(LATENCIES)
        self.in_flight = 0
        self.ticks: Counter[str] = Counter()
        # When what is in hand happened, by its place; in order of arrival.
        self.held: dict[int, float | None] = {}
        self._places = 0

    def arrive(self, happened: datetime | None) -> int:
        self._places += 1
        self.held[self._places] = happened.timestamp() if happened else None
        return self._places

    def settle(self, place: int, outcome: str) -> None:
        happened = self.held.pop(place, None)
        self.events[outcome] += 1
        if outcome == "ok" and happened is not None:
            self.deliveries.observe(max(0.0, self.clock() - happened))

    def give_back(self, place: int) -> None:
        self.held.pop(place, None)

    def invoked(self, how: str, seconds: float) -> None:
        timing = self.invocations.get(how)
        if timing is None:
            timing = self.invocations[how] = Timing(LATENCIES)
        timing.observe(seconds)

    @property
    def oldest(self) -> float:
        """Tell how long ago the oldest event in hand happened; 0 when none is."""
        times = [happened for happened in self.held.values() if happened is not None]
        return max(0.0, self.clock() - min(times)) if times else 0.0


class Metrics:
    """The tallies of all functions that were ever seen, each made when first asked for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.functions: dict[str, Tally] = {}

    def of(self, function: str) -> Tally:
        tally = self.functions.get(function)
        if tally is None:
            tally = self.functions[function] = Tally(self.clock)
        return tally
