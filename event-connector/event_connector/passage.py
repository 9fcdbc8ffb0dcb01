"""Know how far a queue has been settled, to wait until a given message has been."""

import asyncio


class Passage:
    """Numbers deliveries in order of arrival and remembers the oldest that is not settled."""

    def __init__(self) -> None:
        self.arrived = 0
        self._open: dict[int, None] = {}
        self.broken = asyncio.Event()

    def arrive(self) -> int:
        self.arrived += 1
        self._open[self.arrived] = None
        return self.arrived

    def settle(self, number: int) -> None:
        self._open.pop(number, None)

    @property
    def idle(self) -> bool:
        return not self._open

    def passed(self, number: int) -> bool:
        """Tell whether this delivery has arrived, and it and all before it are settled."""
        oldest = next(iter(self._open), self.arrived + 1)
        return number < oldest
