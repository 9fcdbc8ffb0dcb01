"""Room in a function's queue: what a run may leave there, so that live events wait a moment."""

from dataclasses import dataclass

# So many may wait before any function, however slow.
LEAST = 20
# More only before one that was seen to take it within so many seconds.
MOMENT = 0.1


@dataclass(slots=True)
class Room:
    """How many events may wait before one function; it follows what the function takes.

    It grows while all of it is gone at the next look, and shrinks to what the function takes in
    a moment when it is not. What is in the function's hands is not looked at.
    """

    size: int = LEAST
    left: int = 0
    at: float = 0.0

    def look(self, waiting: int, at: float) -> int:
        """Give how many may be sent, where so many wait at this time."""
        if waiting:
            taken = max(0, self.left - waiting)
            moment = int(taken * MOMENT / max(at - self.at, 1e-3))
            self.size = max(LEAST, min(self.size, moment))
        elif self.left >= self.size:
            self.size *= 2
        self.left, self.at = waiting, at
        return max(0, self.size - waiting)

    def sent(self, count: int) -> None:
        """Note what was sent since the look."""
        self.left += count


class Rooms:
    """The rooms before the functions of one run; `full` are those without any for more."""

    def __init__(self) -> None:
        self.full: set[str] = set()
        self._rooms: dict[str, Room] = {}
        self._free: dict[str, int] = {}

    @property
    def known(self) -> list[str]:
        return list(self._rooms)

    def look(self, function: str, waiting: int, at: float) -> None:
        """Note what waits before a function at this time."""
        self._free[function] = self._rooms.setdefault(function, Room()).look(waiting, at)
        (self.full.discard if self._free[function] else self.full.add)(function)

    def grant(self, function: str, wanted: int) -> int:
        """Give how many of so many may be sent to the function now."""
        granted = min(wanted, self._free[function])
        self._free[function] -= granted
        self._rooms[function].sent(granted)
        if granted < wanted:
            self.full.add(function)
        return granted
