"""Subscriptions, their deliveries, and how patient both are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# How long after each failure the next attempt comes; after the last there is none.
SCHEDULE = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
)
# A subscription to which nothing came through for so long is told nothing any more.
PATIENCE = timedelta(days=5)
GONE = 410  # the receiver's word for: never again


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Who is told of which events, and how that goes; `waiting` is counted up to 10,001."""

    id: str
    type: str
    url: str
    state: str = "active"
    created_by: str
    created_at: datetime
    delivered: int = 0
    failed: int = 0
    waiting: int = 0
    failing_since: datetime | None = None
    last_status: int = 0
    last_error: str = ""
    last_tried_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one subscription."""

    id: str
    subscription_id: str
    event_id: str
    type: str
    state: str
    attempts: int
    last_status: int
    last_error: str
    created_at: datetime
    next_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """An attempt that is to be made: of which delivery, and the number of it."""

    delivery: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that is being made, and whom it goes to."""

    delivery: str
    subscription: str
    url: str
    number: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the receiver answered; no status at all is 0."""

    status: int
    error: str = ""

    @property
    def arrived(self) -> bool:
        return 200 <= self.status < 300


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """Say when a delivery is tried again that has failed so often; None: never."""
    return now + SCHEDULE[attempts - 1] if attempts <= len(SCHEDULE) else None
