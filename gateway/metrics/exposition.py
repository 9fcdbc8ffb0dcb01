"""Prometheus's text format, version 0.0.4.

Written here rather than by its client library, whose objects would stand in the way of every
call: what is counted are plain integers, and this makes text of them when somebody asks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gateway.metrics.counts import BOUNDS, Timing

KIND = b"text/plain; version=0.0.4; charset=utf-8"
ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


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
        for bound, calls in zip((*BOUNDS, None), timing.buckets, strict=True):
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
