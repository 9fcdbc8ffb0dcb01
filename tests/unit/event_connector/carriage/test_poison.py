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


def test_many_that_fell_a_function_are_found_out_once_it_answers_others() -> None:
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    poison = {str(number) for number in range(12)}
    function = Mortal(frozenset(poison), lambda _: 0.5, Done(), FELLED)
    queue = in_no_time(carried(function, 13, wish))
    assert ({letter.id for letter in queue.dead}, set(function.done)) == (poison, {"12"})


@pytest.mark.parametrize("away", [60.0, 1800.0])
def test_function_that_falls_of_whatever_it_is_given_loses_nothing(away: float) -> None:
    """As of a deployment that cannot work: the gateway starts it, and it falls."""
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    events = {str(number) for number in range(40)}
    function = Mortal(frozenset(events), lambda _: 0.05, Done(), FELLED, heals=away)
    queue = in_no_time(carried(function, 40, wish))
    assert (queue.dead, set(function.done)) == ([], events)
    assert function.falls < 200 + away / 2


def test_suspect_waits_while_the_platform_takes_no_calls() -> None:
    """It asks for no place at the gate, which holds the others back."""
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    function = Mortal(frozenset("0"), lambda _: 0.001, Done(), FELLED, heals=60.0)
    function.unreached = (0.5, 60.0)
    queue = in_no_time(carried(function, 4, wish))
    assert (queue.dead, set(function.done)) == ([], set("0123"))
    assert max(function.calls.values()) < 30


def test_what_falls_while_the_platform_is_down_is_not_to_blame() -> None:
    """Nobody is called beside it, and the gateway does not say that the function runs."""
    wish = wishes("a", {"topic": "#"}).subscription
    assert wish is not None
    function = Mortal(frozenset("0"), lambda _: 0.05, Done(), FELLED, runs=False, heals=300.0)
    queue = in_no_time(carried(function, 1, wish))
    assert (queue.dead, set(function.done)) == ([], {"0"})
