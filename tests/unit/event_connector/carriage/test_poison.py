"""What fells a function is found out, and nobody who was in flight with it pays for it."""

import pytest

from event_connector.calls.outcomes import Done, Outcome, Platform, Retry
from event_connector.deployed.topics import wishes
from tests.unit.event_connector.carrying import Mortal, Queue, carried, in_no_time

EVENTS = 3000
FELLED = Platform(502, "closed the connection without a whole answer", reached=True)
REFUSED = Retry(500, "cannot")
BROKEN = Retry(0, "the connection broke before the answer")


def run(poison: frozenset[str], fallen: Outcome, batch: int) -> tuple[Mortal, Queue]:
    wish = wishes("a", {"topic": "#", "com.fanfold.batch": str(batch)}).subscription
    assert wish is not None
    function = Mortal(poison, lambda many: 0.05 + 0.001 * many, Done(), fallen)
    return function, in_no_time(carried(function, EVENTS, wish))


def rate(function: Mortal, healthy: set[str]) -> float:
    """Give how many of the healthy were done a second, until the last of them was."""
    return len(healthy) / max(at for one, at in function.done.items() if one in healthy)


@pytest.mark.parametrize(
    ("fallen", "batch", "least"),
    [
        (REFUSED, 1, 0.95),
        # Each time the function falls takes as long as 20 ms and half of what was in flight;
        # twice is the least: once in company, once to know of whom.
        (FELLED, 1, 0.9),
        (BROKEN, 1, 0.9),
        # Two batches of five have poison in them, and each half of them falls as well.
        (FELLED, 50, 0.0),
        (BROKEN, 50, 0.0),
    ],
)
def test_poison_alone_is_dead_lettered(fallen: Outcome, batch: int, least: float) -> None:
    poison = frozenset(str(number) for number in range(50, EVENTS, 100))
    healthy = {str(number) for number in range(EVENTS)} - poison
    well, _ = run(frozenset(), fallen, batch)
    function, queue = run(poison, fallen, batch)
    assert {letter.id for letter in queue.dead} == poison
    assert set(function.done) == healthy
    assert max(function.calls[one] for one in healthy) < 30
    assert rate(function, healthy) >= least * rate(well, healthy)
