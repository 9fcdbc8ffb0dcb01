"""Backoff, passage and log lines: small things that many rely on."""

import pytest

from event_connector.broker.passage import Passage
from shared.backoff import Backoff
from shared.once import Once


def test_backoff_doubles_up_to_its_most_and_starts_over() -> None:
    backoff = Backoff(first=0.5, most=3)
    assert [backoff.next() for _ in range(5)] == [0.5, 1, 2, 3, 3]
    backoff.reset()
    assert backoff.next() == 0.5


def test_passage_knows_what_is_settled_in_order() -> None:
    passage = Passage()
    first, second, third = (passage.arrive() for _ in range(3))
    passage.settle(second)
    assert [passage.passed(n) for n in (first, second, third, 4)] == [False] * 4
    passage.settle(first)
    assert [passage.passed(n) for n in (first, second, third, 4)] == [True, True, False, False]
    assert not passage.idle
    passage.settle(third)
    assert [passage.passed(3), passage.passed(4), passage.idle] == [True, False, True]


def test_once_tells_changes_only(capfd: pytest.CaptureFixture[str]) -> None:
    said = Once()
    said.over("well")
    said.info("up")
    said.info("up")
    for error in ("a", "a", "b"):
        said.warning("down", error=error)
    said.info("up")
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 4
