"""Counting calls by status and time."""

import pytest

from gateway.metrics.counts import Counts
from shared.prometheus import BOUNDS


def test_a_call_is_counted_in_the_bucket_whose_bound_it_reaches() -> None:
    counts = Counts()
    for seconds in (0.0, 0.005, 0.0051, 10.0, 10.1):
        counts.observe(200, seconds)
    assert counts.timings[200].buckets == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert counts.timings[200].seconds == pytest.approx(20.1101)


def test_calls_are_counted_by_status() -> None:
    counts = Counts()
    for status in (200, 200, 404, 500, 504, 0):
        counts.observe(status, 0.001)
    assert {status: timing.calls for status, timing in counts.timings.items()} == {
        200: 2,
        404: 1,
        500: 1,
        504: 1,
        0: 1,
    }
    assert (counts.finished, counts.failed) == (6, 2)


def test_a_quantile_lies_between_the_bounds_of_its_bucket() -> None:
    counts = Counts()
    for _ in range(90):
        counts.observe(200, 0.001)
    for _ in range(10):
        counts.observe(500, 0.3)
    assert counts.quantile(0.5) == pytest.approx(0.005 * 50 / 90)
    assert counts.quantile(0.95) == pytest.approx(0.375)
    assert counts.quantile(1.0) == pytest.approx(0.5)


def test_a_quantile_past_the_last_bound_is_that_bound() -> None:
    counts = Counts()
    counts.observe(200, 100.0)
    assert counts.quantile(0.5) == BOUNDS[-1]


def test_no_calls_have_no_quantile() -> None:
    assert Counts().quantile(0.5) is None


def test_a_wake_lasts_from_the_first_call_to_the_first_process() -> None:
    counts = Counts()
    counts.awake(1.0)  # a start that no call had asked for
    counts.woken(5.0)
    counts.woken(5.5)
    counts.awake(6.0)
    counts.awake(7.0)
    assert (counts.wakes, counts.wake_seconds) == (1, 1.0)
