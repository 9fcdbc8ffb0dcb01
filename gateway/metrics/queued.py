"""What is counted of asynchronous calls."""

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from shared.losses import BROKEN
from shared.prometheus import Family

if TYPE_CHECKING:
    from gateway.queue.lanes import Lane
    from gateway.queue.queue import Queue
    from gateway.queue.tallies import Tally


async def families(queue: "Queue") -> list[Family]:
    depths: dict[str, int] = {}  # Unknown is not none: the page leaves them out.
    if queue.broker.up:
        with suppress(*BROKEN):
            depths = await queue.depths()
    found = Numbers()
    found.up.add(int(queue.broker.up), {})
    found.refused.add(queue.refused, {})
    for name, tally in queue.tallies.items():
        found.add_tally(tally, {"function_name": name})
    for name, lane in queue.lanes.items():
        found.add_lane(lane, {"function_name": name}, depths.get(name))
    return list(vars(found).values())


class Numbers:
    def __init__(self) -> None:
        self.up = Family("gateway_broker_up", "gauge", "Whether RabbitMQ is connected.")
        self.accepted = Family(
            "gateway_async_accepted_total", "counter", "Asynchronous calls answered by 202."
        )
        self.refused = Family(
            "gateway_async_refused_total", "counter", "Those answered by 503."
        )
        self.attempts = Family(
            "gateway_async_attempts_total", "counter", "Attempts to make them."
        )
        self.retries = Family(
            "gateway_async_retries_total", "counter", "Attempts that are to be repeated."
        )
        self.outcomes = Family(
            "gateway_async_outcomes_total", "counter", "How asynchronous calls ended."
        )
        self.callbacks = Family(
            "gateway_async_callbacks_total", "counter", "How their callbacks ended."
        )
        self.waiting = Family(
            "gateway_async_waiting", "gauge", "Calls that wait for room, tiers left out."
        )
        self.running = Family("gateway_async_running", "gauge", "Calls under way.")
        self.oldest = Family(
            "gateway_async_oldest_seconds",
            "gauge",
            "How long ago the oldest call that is not over yet was accepted, tiers left out.",
        )

    def add_tally(self, tally: "Tally", name: dict[str, str]) -> None:
        self.accepted.add(tally.accepted, name)
        self.attempts.add(tally.attempts, name)
        self.retries.add(tally.retries, name)
        for family, counts in (
            (self.outcomes, tally.outcomes),
            (self.callbacks, tally.callbacks),
        ):
            for outcome, count in sorted(counts.items()):
                family.add(count, {**name, "outcome": outcome})

    def add_lane(self, lane: "Lane", name: dict[str, str], depth: int | None) -> None:
        if depth is not None:
            self.waiting.add(depth + len(lane.waiting), name)
        self.running.add(lane.running, name)
        self.oldest.add(age(lane), name)


def age(lane: "Lane") -> float:
    """Look at what is in hand: RabbitMQ hands out the head of a queue at once."""
    oldest = min((each.record.stamp for each in lane.in_hand()), default=0)
    return round(max(0.0, time.time() - oldest / 1e9), 3) if oldest else 0.0
