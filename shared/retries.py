"""How often something is tried, and how long it waits in RabbitMQ before the next time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.annotations import Reader, positive
from shared.durations import seconds

# The queues events.retry.<ms> of rabbitmq/definitions.json. Fixed tiers, because RabbitMQ
# expires messages at the head of a queue only: mixed waits in one queue block each other.
TIERS = (
    1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 80_000, 180_000, 360_000, 900_000, 3_600_000,
)  # fmt: skip
# What comes out of a tier goes here, and on to the queue that its routing key names.
RETURN = "events.return"

# What may pass by itself: conflict, too early, too many, and every kind of server error.
RETRIED = frozenset({408, 409, 425, 429, *range(500, 600)})

Choose = Callable[[Sequence[int]], int]


@dataclass(frozen=True, slots=True)
class Policy:
    """How often and how patiently a delivery is tried; attempts count the first one too."""

    attempts: int = 10
    min_wait: float = 1.0
    max_wait: float = 600.0
    codes: frozenset[int] = RETRIED


def policy(reader: Reader, default: Policy) -> Policy:
    """Read what a function asks for by OpenFaaS's own annotations."""
    return Policy(
        attempts=reader.read("com.openfaas.retry.attempts", positive, default.attempts),
        min_wait=reader.read("com.openfaas.retry.min_wait", seconds, default.min_wait),
        max_wait=reader.read("com.openfaas.retry.max_wait", seconds, default.max_wait),
        codes=reader.read("com.openfaas.retry.codes", codes, default.codes),
    )


def codes(text: str) -> frozenset[int]:
    return frozenset(positive(code.strip()) for code in text.split(","))


def tier(policy: Policy, attempt: int, after: float | None, choose: Choose) -> int:
    """Pick the wait in milliseconds before the attempt that follows `attempt`.

    A random tier under the exponential ceiling: deliveries that failed together come back
    apart. Retry-After is the least, not the exact wait: a function that always says one second
    would otherwise use up its attempts in a short outage.
    """
    least = max(policy.min_wait, after or 0.0)
    ceiling = min(policy.min_wait * 2 ** min(attempt - 1, 20), policy.max_wait)
    fitting = [wait for wait in TIERS if least * 1000 <= wait <= ceiling * 1000]
    return choose(fitting) if fitting else smallest(least)


def in_place(policy: Policy, attempt: int, after: float | None, choose: Choose) -> float:
    """Pick the wait in seconds of a message that keeps its place, which may be any."""
    least = max(policy.min_wait, after or 0.0)
    ceiling = min(policy.min_wait * 2 ** min(attempt - 1, 20), policy.max_wait)
    doublings = range(21)
    fitting = [
        wait for n in doublings if (wait := round(least * 1000 * 2**n)) <= ceiling * 1000
    ]
    return choose(fitting or [round(least * 1000)]) / 1000


def smallest(wait: float) -> int:
    """Name the shortest tier that waits at least so many seconds, or the longest there is."""
    return next((tier for tier in TIERS if tier >= wait * 1000), TIERS[-1])
