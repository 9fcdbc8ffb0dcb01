"""Runs: work on many events or dead letters that goes on at a rate."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from functions.event.model.log import Counted, Slice
from shared.errors import Conflict


class Kind(StrEnum):
    """Events of the log told to a function again, or dead letters sent again."""

    REPLAY = "replay"
    RETRY = "retry"


class Phase(StrEnum):
    """How far a run is; one that is `planned` was counted and not begun."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run and its progress: `done` of `total`, at most `rate` a second.

    A replay goes from behind `position` to before `beyond`. The letters of a retry are marked
    as its own; they may be for several functions, and then it names none. `waits_for` are the
    functions whose queues had no room for what its rate allowed.
    """

    id: str
    kind: Kind
    state: Phase = Phase.RUNNING
    function: str = ""
    types: list[str]
    subject: str = ""
    position: int = 0
    beyond: int = 0
    total: int
    done: int = 0
    rate: int
    started_by: str
    started_at: datetime
    ended_at: datetime | None = None
    waits_for: list[str] = field(default_factory=list)

    @classmethod
    def planned(
        cls, function: str, part: Slice, counted: Counted, *, rate: int, by: str, at: datetime
    ) -> "Run":
        """Plan a replay of a slice as it was counted."""
        return cls(
            id="",
            kind=Kind.REPLAY,
            state=Phase.PLANNED,
            function=function,
            types=list(counted.topics.exact or ()),
            subject=part.subject,
            position=counted.after,
            beyond=counted.before,
            total=counted.total,
            rate=rate,
            started_by=by,
            started_at=at,
        )

    def begun(self, run_id: str) -> "Run":
        """Begin what was planned."""
        if self.total == 0:
            raise Conflict("the slice holds no event")
        return replace(self, id=run_id, state=Phase.RUNNING)

    def check_turn(self, state: Phase) -> None:
        """Say what stands against making it `state`."""
        if self.state in {Phase.CANCELLED, Phase.DONE}:
            raise Conflict(f"run {self.id} has ended, it is {self.state}")
        if self.state is state:
            raise Conflict(f"run {self.id} is {state} already")


def check_replays(function: str, *, takes: bool) -> None:
    """Say what stands against telling a function an old event."""
    if not takes:
        raise Conflict(
            f"{function} does not declare that an old event does no harm there:"
            " its Endpoint must say replayable=True"
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """A run that is ours for a while, and how many it may send now."""

    run: Run
    allowance: int
