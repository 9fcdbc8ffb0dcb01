"""What a process used is told in the kernel's own numbers."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.function import Function
from gateway.resources import usage
from gateway.resources.usage import Meter

NOBODY = 1 << 23


def running(*processes: int) -> Function:
    """Make as much of a function as the meter sees."""
    replicas = [SimpleNamespace(process=SimpleNamespace(number=each)) for each in processes]
    return cast(Function, SimpleNamespace(replicas=[*replicas, SimpleNamespace(process=None)]))


def work(seconds: float) -> None:
    before = time.process_time()
    while time.process_time() - before < seconds:
        pass


def test_own_process_has_memory_and_has_run() -> None:
    work(0.05)
    found = Meter().of(running(os.getpid()))
    assert found.cpu > 0
    assert 1 << 20 < found.total_memory_bytes <= usage.resident(os.getpid())


def test_process_that_is_gone_used_nothing() -> None:
    meter = Meter()
    meter.look([running(NOBODY)])
    found = meter.of(running(NOBODY))
    assert (found.cpu, found.total_memory_bytes) == (0.0, 0)


def test_replicas_are_added_up() -> None:
    one, two = Meter().of(running(os.getpid())), Meter().of(running(os.getpid(), os.getpid()))
    assert two.total_memory_bytes > 1.5 * one.total_memory_bytes


def test_children_count_with_their_parent_also_when_they_have_ended() -> None:
    loop = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()"
    before = usage.ran(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", loop], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert child.pid in usage.family(os.getpid())
        assert usage.ran(os.getpid()) >= before + 0.25
        together = usage.memory(os.getpid())
        assert together > usage.share(os.getpid())
        assert usage.resident(os.getpid()) >= together
    assert usage.ran(os.getpid()) >= before + 0.25


def test_only_the_time_since_the_last_looks_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter()
    ran = {1: 0.0}
    at = [100.0]
    for name, value in (
        ("ran", lambda number: ran[number]),
        ("memory", lambda _: 0),
        ("born", lambda _, mark: usage.Mark(mark.at - 50, 0.0)),
    ):
        monkeypatch.setattr(usage, name, value)
    monkeypatch.setattr(time, "monotonic", lambda: at[0])
    for _ in range(3):
        ran[1] += 1.0  # a fifth of the 5 s between the looks
        at[0] += 5.0
        meter.look([running(1)])
    assert meter.of(running(1)).cpu == 200.0  # since the look before the last
    at[0] += 2.0
    ran[1] += 1.0
    assert meter.of(running(1)).cpu == 500.0  # since the last look
