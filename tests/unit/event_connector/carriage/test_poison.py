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
    """Give how many of the healthy were done a second, but for the first and last of them.

    Last are innocents that were in flight when the function fell, and wait for their turns.
    """
    times = sorted(at for one, at in function.done.items() if one in healthy)
    first, last = len(times) // 20, len(times) * 19 // 20
    return (last - first) / (times[last] - times[first])


@pytest.mark.parametrize(
    ("fallen", "batch", "least"),
    [
        (REFUSED, 1, 0.95),
        # Each time the function falls takes as long as 20 ms and half of what was in flight;
        # once is the least: in company. Of the rest, most waits until no other event does.
        (FELLED, 1, 0.95),
        (BROKEN, 1, 0.95),
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


def test_what_fells_a_function_that_nobody_else_calls_is_found_out() -> None:
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    function = Mortal(frozenset("0"), lambda _: 0.05, Done(), FELLED)
    queue = in_no_time(carried(function, 1, wish))
    assert [letter.id for letter in queue.dead] == ["0"]
    # Three times until the gateway's word is enough, and two more for the blame.
    assert function.falls == 5
    assert function.fell_at < 20


def test_what_falls_while_the_platform_is_down_is_not_to_blame() -> None:
    """Nobody is called beside it, and the gateway does not say that the function runs."""
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    function = Mortal(frozenset("0"), lambda _: 0.05, Done(), FELLED, runs=False)
    function.heals = 300.0
    queue = in_no_time(carried(function, 1, wish))
    assert (queue.dead, set(function.done)) == ([], {"0"})
