"""The judge of the fault trials is tried with what it must not overlook."""

from collections import Counter

import pytest

from tests.faults.tally_verdict import Found
from tests.faults.trial import Counts

EVENTS = {"a", "b", "c"}


def found(**changes: object) -> Found:
    once = Counter(EVENTS)
    right: dict[str, object] = {
        "committed": EVENTS,
        "acknowledged": EVENTS,
        "stored": once,
        "effects": once,
        "counted": 3,
        "dead": 0,
    }
    return Found(**right | changes)  # type: ignore[arg-type] # each test gives the right types


def test_verdict_on_events_that_are_everywhere_once_is_ok() -> None:
    assert found().counts(4, 1.25) == Counts(
        attempted=4, acknowledged=3, ok=3, lost=0, duplicated=0, unexpected=0, recovered=1.2
    )


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"committed": {"a", "b"}}, {"lost": 1}),  # it was acknowledged, and is not there
        ({"acknowledged": {"a"}, "stored": Counter("ab")}, {"lost": 1}),  # nobody was told of c
        ({"effects": Counter("ab"), "counted": 2}, {"lost": 1}),
        ({"effects": Counter("aabc"), "counted": 4}, {"duplicated": 1}),
        ({"stored": Counter("abcc")}, {"duplicated": 1}),
        ({"counted": 5}, {"unexpected": 2}),  # the counter ran ahead of the rows
        ({"stored": Counter("abcd")}, {"unexpected": 1}),
        ({"effects": Counter("abcd"), "counted": 4}, {"unexpected": 1}),
        ({"dead": 1}, {"unexpected": 1}),
    ],
)
def test_verdict_overlooks_nothing(changes: dict[str, object], wrong: dict[str, int]) -> None:
    counts = found(**changes).counts(3, None)

    said = {
        "lost": counts.lost,
        "duplicated": counts.duplicated,
        "unexpected": counts.unexpected,
    }
    assert {name: number for name, number in said.items() if number} == wrong
