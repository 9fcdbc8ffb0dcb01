"""What a fault trial is given, and what it gives back.

A trial is a module of `tests/faults/trials` with `def run(stage, scale) -> list[Finding]`. What
it finds comes from queries over outboxes, stores and effects, never from its own count.
"""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from tests.conftest import Installation
from tests.e2e.client import Fanfold, eventually
from tests.faults import parts, queues

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Kill:
    """A fault that was caused: what, and how many seconds after the trial began."""

    part: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What became of the events, in Jepsen's words; `recovered` is seconds after the faults."""

    attempted: int
    acknowledged: int
    ok: int
    lost: int = 0
    duplicated: int = 0
    unexpected: int = 0
    recovered: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of the table: a bar, what was found against it, and whether that meets it.

    `counts` and `figures` are the numbers behind `found`; `series` is what a plot draws: by
    name, the value of each second. A bar that could not be measured here has `met=None`, and
    `found` says why.
    """

    name: str
    bar: str
    found: str
    met: bool | None
    counts: Counts | None = None
    kills: list[Kill] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    series: dict[str, list[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a trial is: `of` chooses between what is published and what CI has time for.

    `part` of the whole is for trying a trial out.
    """

    short: bool
    seed: int
    part: float = 1.0

    def of(self, whole: int, short: int) -> int:
        return short if self.short else max(short, round(whole * self.part))

    def random(self, name: str) -> random.Random:
        """Give the trial's own source of chance: the same seed draws the same numbers."""
        return random.Random(f"{self.seed} {name}")


class Stage:
    """A running installation, what can be done to its parts, and what a trial puts on it.

    It remembers every fault with its time, and takes away at the end what was deployed.
    """

    def __init__(self, installation: Installation, say: Say) -> None:
        self.installation = installation
        self.fanfold = Fanfold(installation)
        self._say = say
        self.began = time.monotonic()
        self.kills: list[Kill] = []
        self._deployed: list[str] = []
        self._turn = threading.Lock()

    @property
    def now(self) -> float:
        """Seconds since the trial began."""
        return time.monotonic() - self.began

    def say(self, line: str) -> None:
        """Tell whoever watches how far the trial is."""
        self._say(f"  {self.now:6.1f} s  {line}")

    def note(self, what: str) -> None:
        """Remember a fault; whoever causes one in another way than below tells it here."""
        with self._turn:
            self.kills.append(Kill(what, round(self.now, 3)))

    def kill(self, part: str) -> None:
        """kill -9 a part with all that it started; its supervisor starts it again."""
        self.note(part)
        parts.kill(self.installation, part)

    def restart(self, part: str) -> None:
        """kill -9 a part, and return when it works again."""
        self.kill(part)
        parts.revive(self.installation, part)

    def kill_function(self, name: str, *, noted: bool = True) -> bool:
        """kill -9 every process of a function; tell whether there was one."""
        processes = parts.of_function(self.installation, name)
        parts.signalled(processes, signal.SIGKILL)
        if processes and noted:
            self.note(name)
        return bool(processes)

    @contextmanager
    def frozen(self, part: str) -> Iterator[None]:
        """Stop a part where it stands for as long as the block lasts."""
        self.note(f"{part} paused")
        with parts.frozen(self.installation, part):
            yield

    def deploy(self, name: str, *, service: str, operation: str, **more: Any) -> None:
        """Deploy a function of `tests/functions`; it goes when the trial is over."""
        self._deployed.append(name)
        self.fanfold.deploy(name, service=service, operation=operation, **more)

    def consumed(self, *names: str) -> None:
        """Return once the connector reads the queues of these functions."""
        wanted = set(names)
        eventually(self._bound, lambda bound: wanted <= set(bound), within=60)

    def remove(self, *names: str) -> None:
        """Take functions away, and their queues with everything in them."""
        for name in names:
            eventually(partial(self._gone, name), bool, within=60)
        gone = set(names)
        eventually(self._bound, lambda bound: not gone & set(bound), within=60)
        queues.delete(self.installation, [f"fn.{name}" for name in names])
        self._deployed = [name for name in self._deployed if name not in gone]

    def clear(self) -> None:
        """Take away what was deployed."""
        self.remove(*self._deployed)

    def close(self) -> None:
        try:
            self.clear()
        finally:
            self.fanfold.close()

    def _gone(self, name: str) -> bool:
        """Ask the gateway to remove a function; tell whether it is gone."""
        self.fanfold.remove(name)
        return not self.fanfold.describe(name)

    def _bound(self) -> list[str]:
        try:
            return self.fanfold.bound_consumers()
        except (httpx.HTTPError, ValueError):  # it is just being started
            return []
