"""Prometheus's text format, version 0.0.4.

Written here rather than by its client library, whose objects would stand in the way of every
call: what is counted are plain integers, and this makes text of them when somebody asks.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

KIND = b"text/plain; version=0.0.4; charset=utf-8"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

# The default buckets of Prometheus, which OpenFaaS uses for `gateway_functions_seconds`.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Timing:
    """How long things took: how many per bucket, and all seconds together."""

    __slots__ = ("bounds", "buckets", "seconds")

    def __init__(self, bounds: tuple[float, ...] = BOUNDS) -> None:
        self.bounds = bounds
        # The last is for what took longer than every bound.
        self.buckets = [0] * (len(bounds) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        self.buckets[bisect_left(self.bounds, seconds)] += 1
        self.seconds += seconds

    @property
    def calls(self) -> int:
        return sum(self.buckets)


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its label sets; `kind` is counter, gauge, summary or histogram."""

    name: str
    kind: str
    meaning: str
    lines: list[str] = field(default_factory=list)

    def add(self, value: float, labels: Mapping[str, str], suffix: str = "") -> None:
        pairs = ",".join(f'{key}="{text.translate(ESCAPES)}"' for key, text in labels.items())
        shown = f"{{{pairs}}}" if pairs else ""
        self.lines.append(f"{self.name}{suffix}{shown} {number(value)}\n")

    def add_timing(self, timing: Timing, labels: Mapping[str, str]) -> None:
        """Add a histogram, whose buckets count all that is not above their bound."""
        total = 0
        for bound, calls in zip((*timing.bounds, None), timing.buckets, strict=True):
            total += calls
            shown = "+Inf" if bound is None else f"{bound:g}"
            self.add(total, {**labels, "le": shown}, "_bucket")
        self.add(timing.seconds, labels, "_sum")
        self.add(total, labels, "_count")


def number(value: float) -> str:
    return str(value) if isinstance(value, int) else repr(float(value))


def text(families: Iterable[Family]) -> bytes:
    """Write the page; a family of which nothing is known is left out."""
    return "".join(
        f"# HELP {family.name} {family.meaning}\n# TYPE {family.name} {family.kind}\n"
        + "".join(family.lines)
        for family in families
        if family.lines
    ).encode()
