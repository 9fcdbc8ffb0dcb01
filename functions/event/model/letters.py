"""Dead letters and their rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.errors import Conflict

UNKNOWN = "unknown"


class State(StrEnum):
    """What has become of a dead letter."""

    WAITING = "waiting"
    RETRIED = "retried"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that a function could not handle: `event` as decoded, or `raw` if it is none."""

    id: str
    event_id: str
    type: str
    function: str
    reason: str
    attempts: int
    last_status: int
    last_error: str
    first_failed_at: datetime
    last_failed_at: datetime
    state: State = State.WAITING
    retried_by: str = ""
    retried_at: datetime | None = None
    traceparent: str = ""
    event: dict[str, Any] | None = None
    raw: str | None = None

    def check_retry(self) -> None:
        """Say what stands against sending it to its function once more."""
        if self.state is State.RETRIED:
            raise Conflict(f"dead letter {self.id} was retried already by {self.retried_by}")
        if self.function == UNKNOWN:
            raise Conflict(f"dead letter {self.id} does not say which function it is for")
