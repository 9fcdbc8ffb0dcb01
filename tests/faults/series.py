"""What happened each second of a trial, for the eye: no verdict rests on it."""

import threading
import time
from typing import Self

from tests.faults.eventstore import EventStore
from tests.faults.tally import Tally, Writers

EVERY = 1.0


class Series:
    """Looks once a second; `values` are events a second from the trial's beginning."""

    def __init__(self, tally: Tally, store: EventStore, writers: Writers) -> None:
        self._tally, self._store, self._writers = tally, store, writers
        self._looks: list[tuple[float, dict[str, int]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)

    @property
    def values(self) -> dict[str, list[float]]:
        """Spread what was seen evenly over the seconds between two looks."""
        rates: dict[str, list[float]] = {}
        for (since, before), (until, after) in zip(self._looks, self._looks[1:], strict=False):
            for name in after:
                line = rates.setdefault(name, [0.0] * int(since))
                rate = (after[name] - before[name]) / max(until - since, 0.001)
                line += [round(rate, 1)] * (int(until) - len(line))
        return rates

    def _look(self) -> None:
        stage = self._tally.stage
        while not self._over.is_set():
            seen = {
                "committed": sum(map(len, self._writers.acknowledged.values())),
                "stored": self._store.size(),
                "had their effect": sum(books.sizes()[1] for books in self._tally.books),
            }
            self._looks.append((stage.now, seen))
            time.sleep(EVERY)
