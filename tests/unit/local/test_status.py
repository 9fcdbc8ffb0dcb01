import os

import pytest

from local.status import duration, memory, reason, table


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h 0 min"),
        (90_061, "1 d 1 h"),
    ],
)
def test_duration_says_the_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_table_aligns_its_columns() -> None:
    assert table([("part", "pid"), ("Redis", "7")]) == "part   pid\nRedis  7"


@pytest.mark.parametrize(
    ("state", "why", "text"),
    [
        ("ready", "", ""),
        ("ready", "ended by SIGKILL", "Redis was started again: ended by SIGKILL"),
        ("silent", "does not answer", "Redis: does not answer"),
    ],
)
def test_reason_tells_what_ails_from_what_is_over(state: str, why: str, text: str) -> None:
    assert reason({"title": "Redis", "state": state, "reason": why}) == text


def test_memory_weighs_a_process_and_its_children() -> None:
    weight = memory(os.getpid())

    assert weight is not None
    assert weight > 1000
