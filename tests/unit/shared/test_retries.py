"""Waits grow, vary, and exist as queues."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.retries import TIERS, Policy, tier

DEFINITIONS = Path(__file__).parents[3] / "event-connector/rabbitmq/definitions.json"


class Seen:
    """Chooses the longest, and remembers what there was to choose from."""

    def __init__(self) -> None:
        self.offered: list[int] = []

    def __call__(self, waits: Sequence[int]) -> int:
        self.offered = list(waits)
        return waits[-1]


def offered(policy: Policy, attempt: int, after: float | None = None) -> list[int]:
    seen = Seen()
    chosen = tier(policy, attempt, after, seen)
    return seen.offered or [chosen]


def test_tier_is_random_under_an_exponential_ceiling() -> None:
    policy = Policy(min_wait=1, max_wait=30)
    assert [offered(policy, attempt) for attempt in range(1, 8)] == [
        [1000],
        [1000, 2000],
        [1000, 2000],
        [1000, 2000, 5000],
        [1000, 2000, 5000, 10000],
        [1000, 2000, 5000, 10000, 20000],
        [1000, 2000, 5000, 10000, 20000],
    ]


@pytest.mark.parametrize(
    ("after", "expected"),
    [(0, [1000]), (1, [1000]), (1.5, [2000]), (3, [5000]), (61, [80000]), (9999, [3600000])],
)
def test_tier_waits_at_least_what_the_function_asked(after: float, expected: list[int]) -> None:
    assert offered(Policy(), 1, after) == expected


def test_tier_still_grows_for_a_function_that_always_asks_for_a_second() -> None:
    assert offered(Policy(), 5, 1) == [1000, 2000, 5000, 10000]
    assert offered(Policy(), 5, 2) == [2000, 5000, 10000]


def test_tier_of_a_wait_shorter_than_any_is_the_shortest() -> None:
    assert offered(Policy(min_wait=0.1, max_wait=0.5), 1) == [1000]


def test_tier_survives_any_number_of_attempts() -> None:
    assert offered(Policy(), 10_000)[-1] == 360000


def test_tiers_are_the_ones_rabbitmq_has() -> None:
    definitions = json.loads(DEFINITIONS.read_text())
    names = {f"events.retry.{wait}" for wait in TIERS}
    queues = {q["name"] for q in definitions["queues"]} & names
    exchanges = {e["name"] for e in definitions["exchanges"]} & names
    waits = {
        policy["pattern"]: policy["definition"]
        for policy in definitions["policies"]
        if policy["name"].startswith("retry-")
    }
    assert queues == exchanges == names
    assert waits == {
        rf"^events\.retry\.{wait}$": {
            "message-ttl": wait,
            "dead-letter-exchange": "events.return",
            "dead-letter-strategy": "at-least-once",
            "overflow": "reject-publish",
        }
        for wait in TIERS
    }
