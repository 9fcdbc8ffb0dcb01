"""The same numbers for our own page: one row per function."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.function import Function


@dataclass(frozen=True, slots=True)
class Row:
    """Seconds are None until there was a call; `codes` tells 0 for clients that left."""

    name: str
    namespace: str
    wanted: int
    ready: int
    under_way: int
    calls: int
    errors: int
    codes: dict[int, int]
    median: float | None
    p95: float | None
    p99: float | None
    restarts: int
    wakes: int


def overview(functions: Iterable[Function]) -> list[Row]:
    return [row(function) for function in functions]


def row(function: Function) -> Row:
    counts = function.counts
    return Row(
        name=function.name,
        namespace=function.namespace,
        wanted=function.desired,
        ready=function.available,
        under_way=function.in_flight,
        calls=counts.finished,
        errors=counts.failed,
        codes={status: timing.calls for status, timing in sorted(counts.timings.items())},
        median=counts.quantile(0.5),
        p95=counts.quantile(0.95),
        p99=counts.quantile(0.99),
        restarts=counts.restarts,
        wakes=counts.wakes,
    )
