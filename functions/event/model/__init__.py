"""What the event service knows: the log, dead letters, and runs over both."""

from functions.event.model.letters import (
    UNKNOWN,
    Action,
    Cause,
    DeadLetter,
    Decided,
    History,
    State,
)
from functions.event.model.log import (
    BEYOND,
    Clash,
    Counted,
    Key,
    Slice,
    Sorted,
    Stats,
    StoredEvent,
    Topics,
    Waiting,
    sort_out,
)
from functions.event.model.runs import Kind, Phase, Run, Turn

__all__ = [
    "BEYOND",
    "UNKNOWN",
    "Action",
    "Cause",
    "Clash",
    "Counted",
    "DeadLetter",
    "Decided",
    "History",
    "Key",
    "Kind",
    "Phase",
    "Run",
    "Slice",
    "Sorted",
    "State",
    "Stats",
    "StoredEvent",
    "Topics",
    "Turn",
    "Waiting",
    "sort_out",
]
