"""The last minutes of calls, as counts are looked at."""

from types import SimpleNamespace
from typing import Any

from gateway.ui.history import POINTS, History


class Counted:
    """A function as far as its counts go."""

    def __init__(self) -> None:
        self.counts = SimpleNamespace(finished=0)


def counted() -> Any:
    return Counted()


def looked(history: History, one: Any, *counts: int) -> None:
    for count in counts:
        one.counts.finished = count
        history.look([one])


def test_rates_are_what_came_between_two_looks() -> None:
    history, one = History(), counted()
    looked(history, one, 10, 10, 14, 15)
    assert history.rates(one) == [5.0, 0.0, 2.0, 0.5]


def test_nothing_is_told_of_who_was_not_called() -> None:
    history, one = History(), counted()
    assert history.rates(one) == []
    looked(history, one, 0, 0, 0)
    assert history.rates(one) == []


def test_what_is_kept_has_an_end() -> None:
    history, one = History(), counted()
    looked(history, one, *range(3 * POINTS))
    assert history.rates(one) == [0.5] * POINTS


def test_who_was_removed_is_forgotten() -> None:
    history, one = History(), counted()
    looked(history, one, 1, 2)
    history.look([])
    assert history.counted == {}
