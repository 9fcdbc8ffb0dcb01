"""What an operator may order to be drained, and why not."""

from pathlib import Path

import msgspec

from event_connector.carriage.deadletters import PARKED
from event_connector.deployed.topics import DEAD_LETTER_STORE, EVENT_STORE
from event_connector.operation.destinations import (
    ASIDE,
    PREFIX,
    UNROUTED,
    Anew,
    DeadLetters,
    Destination,
    Store,
)
from shared.amqp import Broker

LONGEST = 400


class Refused(Exception):
    """Nothing more was moved; the message says why, and what to do."""


class Order(msgspec.Struct, frozen=True):
    """What an operator asks for; `function` is empty for a queue of none."""

    queue: str
    why: str
    who: str
    for_good: bool = False
    keep: Path | None = None

    @property
    def function(self) -> str:
        return "" if self.queue in ASIDE else self.queue.removeprefix(PREFIX)

    def destination(self, broker: Broker) -> Destination:
        if self.queue == PARKED:
            return Store(broker, self.keep)
        if self.queue == UNROUTED:
            return Anew(broker)
        return DeadLetters(broker, self.why, self.function)


def order(
    queue: str, why: str, who: str, *, for_good: bool = False, keep: Path | None = None
) -> Order:
    """Check what was typed."""
    if queue not in ASIDE and (not queue.startswith(PREFIX) or queue == PREFIX):
        raise Refused(
            f"a function's queue begins with {PREFIX}, got {queue!r}: type {PREFIX}{queue}, "
            f"or one of {', '.join(ASIDE)}"
        )
    if not why.strip() or len(why) > LONGEST:
        raise Refused(f"--why must have 1 to {LONGEST} characters, got {len(why.strip())}")
    found = Order(queue, why.strip(), who, for_good, keep)
    _check(found)
    return found


def _check(what: Order) -> None:
    if what.function == DEAD_LETTER_STORE:
        raise Refused(f"{what.queue} holds dead letters: deploy {DEAD_LETTER_STORE} instead")
    if what.for_good and what.function in {"", EVENT_STORE}:
        raise Refused(
            f"--for-good deletes the queue of a removed function, and {what.queue} must stay"
        )
    if what.keep and what.queue != PARKED:
        raise Refused(f"--keep is for {PARKED}, got {what.queue}")
    if what.keep and not what.keep.is_dir():
        raise Refused(f"--keep must name a folder that exists, got {str(what.keep)!r}")
