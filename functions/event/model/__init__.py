"""What the event service knows: the log, and dead letters."""

from functions.event.model.letters import UNKNOWN, DeadLetter, State
from functions.event.model.log import (
    BEYOND,
    Clash,
    Key,
    Slice,
    Sorted,
    Stats,
    StoredEvent,
    Topics,
    Waiting,
    sort_out,
)

__all__ = [
    "BEYOND",
    "UNKNOWN",
    "Clash",
    "DeadLetter",
    "Key",
    "Slice",
    "Sorted",
    "State",
    "Stats",
    "StoredEvent",
    "Topics",
    "Waiting",
    "sort_out",
]
