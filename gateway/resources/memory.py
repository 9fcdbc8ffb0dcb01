"""End the processes that use more memory than their deployment allows, and say so."""

import math
from collections.abc import Iterable

from gateway.function import Function
from gateway.processes.replica import Replica
from gateway.resources import usage

MIB = 1 << 20


def watch(functions: Iterable[Function]) -> None:
    """Look at every process with a limit; those over it are ended, and started anew."""
    for function in functions:
        for replica in function.replicas:
            if replica.life is not None and replica.life.version.limits.memory:
                check(replica, replica.life.version.limits.memory)


def check(replica: Replica, limit: int) -> None:
    process = replica.process
    # All its pages are counted in a moment; only when they are too many, its share of them is.
    if process is None or usage.resident(process.number) <= limit:
        return
    used = usage.memory(process.number)
    if used > limit:
        process.end(excess(used, limit))


def excess(used: int, limit: int) -> str:
    return f"used {math.ceil(used / MIB)} MiB of its limit of {limit / MIB:.4g} MiB"
