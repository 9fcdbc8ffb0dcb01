"""What a function's tally knows of its events."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from event_connector.operation.metrics import LATENCIES, Metrics

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Wall:
    now: float = NOON.timestamp()

    def __call__(self) -> float:
        return self.now


def test_settled_events_count_by_outcome_and_time_what_was_taken() -> None:
    wall = Wall()
    tally = Metrics(wall).of("a")
    places = [tally.arrive(NOON - timedelta(seconds=n)) for n in range(3)]
    wall.now += 1
    for place, outcome in zip(places, ("ok", "retried", "ok"), strict=True):
        tally.settle(place, outcome)
    assert tally.events == {"ok": 2, "retried": 1}
    assert (tally.deliveries.calls, tally.deliveries.seconds) == (2, 4.0)
    assert tally.held == {}


def test_oldest_in_hand_is_the_one_that_happened_first() -> None:
    wall = Wall()
    tally = Metrics(wall).of("a")
    assert tally.oldest == 0
    tally.arrive(NOON - timedelta(seconds=5))
    oldest = tally.arrive(NOON - timedelta(seconds=60))
    tally.arrive(None)  # what is no event tells no time
    wall.now += 2
    assert (tally.oldest, len(tally.held)) == (62, 3)
    tally.give_back(oldest)
    assert (tally.oldest, len(tally.held)) == (7, 2)
    assert tally.events == {}


def test_event_from_a_clock_ahead_of_ours_took_no_time() -> None:
    tally = Metrics(Wall()).of("a")
    tally.settle(tally.arrive(NOON + timedelta(seconds=9)), "ok")
    assert tally.deliveries.buckets[0] == 1
    assert tally.oldest == 0


def test_calls_are_timed_by_how_they_ended() -> None:
    metrics = Metrics(Wall())
    metrics.of("a").invoked("done", 0.002)
    metrics.of("a").invoked("retry", 7200.0)
    found = {how: timing.buckets for how, timing in metrics.of("a").invocations.items()}
    assert found["done"].index(1) == LATENCIES.index(0.0025)
    assert found["retry"].index(1) == len(LATENCIES)
