"""The latest events of the log in memory, for those who are close behind it."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from event_stream import messages
from functions.event.model import StoredEvent
from proto.stream.v1.stream_pb2 import Event

LONGEST = 1024
LARGEST = 8 * 1024 * 1024
# What the log forgets of a member, this forgets soon after it by itself.
OLDEST = 30.0


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it is, and as it is sent to everybody who asks for it."""

    event: StoredEvent
    message: Event
    size: int

    @classmethod
    def of(cls, event: StoredEvent) -> "Told":
        message = messages.event(event)
        return cls(event, message, message.ByteSize())

    @property
    def sequence(self) -> int:
        return self.event.sequence


class Window:
    """Everything from behind `floor` up to `last` is here, and nothing else."""

    def __init__(self, last: int) -> None:
        self.floor = last
        self.last = last
        self._kept: list[Told] = []
        self._since: list[float] = []
        self._size = 0

    def extend(self, found: Sequence[StoredEvent], last: int, now: float) -> None:
        """Take what follows, up to a place, and let go of what is too much or too old."""
        for event in found:
            told = Told.of(event)
            self._kept.append(told)
            self._since.append(now)
            self._size += told.size
        self.last = last
        self.trim(now)

    def trim(self, now: float) -> None:
        """Let go of the oldest."""
        gone = 0
        while gone < len(self._kept) and (
            len(self._kept) - gone > LONGEST
            or self._size > LARGEST
            or now - self._since[gone] > OLDEST
        ):
            self._size -= self._kept[gone].size
            self.floor = self._kept[gone].sequence
            gone += 1
        del self._kept[:gone], self._since[:gone]

    def behind(self, after: int, limit: int) -> tuple[list[Told], int]:
        """Give some of what follows a place that is not below `floor`, and where it ends."""
        first = bisect_right(self._kept, after, key=lambda told: told.sequence)
        found = self._kept[first : first + limit]
        more = first + limit < len(self._kept)
        return found, found[-1].sequence if more else max(after, self.last)
