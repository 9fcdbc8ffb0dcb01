"""Dead letters and their rules."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.errors import Conflict, Invalid

UNKNOWN = "unknown"


class State(StrEnum):
    """What has become of a dead letter; one that is being retried is part of a run."""

    WAITING = "waiting"
    RETRYING = "retrying"
    RETRIED = "retried"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that a function could not handle: `event` as decoded, or `raw` if it is none.

    Once it was edited, `event` is what will be sent. Letters of one `cause` have the function,
    the reason and, but for ids and numbers, the error in common. `stack` is the way to it.
    """

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
    cause: str = ""
    function_version: str = ""
    retry_of: str = ""
    stack: str = ""
    edited_by: str = ""
    edited_at: datetime | None = None
    discarded_by: str = ""
    discarded_at: datetime | None = None
    why: str = ""

    def check_retry(self) -> None:
        """Say what stands against sending it to its function once more."""
        if self.state is State.RETRIED:
            raise Conflict(f"dead letter {self.id} was retried already by {self.retried_by}")
        self._check_waits()
        if self.function == UNKNOWN:
            raise Conflict(f"dead letter {self.id} does not say which function it is for")

    def check_edit(self, event_id: str) -> None:
        """Say what stands against sending another event in its place."""
        self._check_waits()
        if self.raw is None and event_id != self.event_id:
            raise Conflict(f"the edited event must keep the id {self.event_id}, got {event_id}")

    def _check_waits(self) -> None:
        if self.state is not State.WAITING:
            raise Conflict(f"dead letter {self.id} must be waiting, it is {self.state}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Dead letters that have their cause in common.

    `pattern` is their error but for details, `latest` the id of one of them. A decision about
    all of them takes `seen_until`, and leaves those that come later.
    """

    id: str
    function: str
    reason: str
    pattern: str
    letters: int
    first_failed_at: datetime
    last_failed_at: datetime
    seen_until: datetime
    latest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an operator did."""

    at: datetime
    caller: str
    action: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A dead letter with the body as it came, and with all that was done about it."""

    letter: DeadLetter
    original: str
    actions: list[Action]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The dead letters that a decision changed, and those that it could not concern.

    Those of a cause are counted and not named. `at`, as `seen_from` and `seen_until` of what
    takes it back, means exactly them.
    """

    changed: list[str]
    unchanged: list[str]
    count: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The dead letters of a cause that were there when somebody looked, or only the latest."""

    cause: str
    until: datetime
    since: datetime | None = None

    @classmethod
    def of(
        cls, ids: list[str], cause: str, until: datetime | None, since: datetime | None = None
    ) -> "list[str] | Seen":
        """Read what a decision is about: either ids, each once, or what was seen of a cause."""
        seen = cls(cause=cause, until=until, since=since) if cause and until else None
        if bool(ids) is bool(seen):
            raise Invalid("a decision takes either ids, or cause and seen_until")
        return seen or list(dict.fromkeys(ids))
