"""Processor time of processes that come and go."""

import pytest

from gateway.metrics import processes
from gateway.metrics.processes import Processes, build


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> dict[int, float]:
    """Say how many seconds each process has run."""
    seconds: dict[int, float] = {}
    monkeypatch.setattr(processes, "ran", lambda number: seconds.get(number, 0.0))
    monkeypatch.setattr(processes, "memory", lambda number: number * 1000)
    return seconds


def test_time_is_summed_over_processes_that_come_and_go(run: dict[int, float]) -> None:
    found = Processes()
    run |= {1: 2.0, 2: 1.0}
    found.look({"f": [1, 2]})
    run |= {1: 2.5, 3: 4.0}
    found.look({"f": [1, 3]})
    assert found.spent == {"f": 7.5}


def test_a_process_that_is_gone_takes_nothing_back(run: dict[int, float]) -> None:
    found = Processes()
    run[1] = 2.0
    found.look({"f": [1]})
    run.clear()
    found.look({"f": [1]})
    found.look({"f": []})
    assert found.spent == {"f": 2.0}


def test_a_function_that_is_gone_is_forgotten(run: dict[int, float]) -> None:
    found = Processes()
    run[1] = 2.0
    found.look({"f": [1]})
    found.look({})
    assert found.spent == {}


@pytest.mark.usefixtures("run")
def test_memory_is_that_of_all_processes_together() -> None:
    _, weight, *own = Processes().families({"f.ns": [1, 2]})
    assert weight.lines == ['gateway_function_memory_bytes{function_name="f.ns"} 3000\n']
    assert all(float(family.lines[0].split()[1]) >= 0 for family in own)


def test_the_build_is_named() -> None:
    assert build("1.2.3").lines[0].startswith('gateway_build_info{version="1.2.3",python="3.')
