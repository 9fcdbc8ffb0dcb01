"""Know how far a queue has been settled, to wait until a given message has been."""

import asyncio

GLANCE = 0.1


class Passage:
    """Numbers deliveries in order of arrival and remembers the oldest that is not settled."""

    def __init__(self) -> None:
        self.arrived = 0
        self._open: dict[int, float] = {}
        self.broken = asyncio.Event()

    def arrive(self, at: float = 0.0) -> int:
        self.arrived += 1
        self._open[self.arrived] = at
        return self.arrived

    def since(self, now: float) -> float:
        """Tell when the oldest that is not settled arrived, or that it would be now."""
        return next(iter(self._open.values()), now)

    def settle(self, number: int) -> None:
        self._open.pop(number, None)

    @property
    def idle(self) -> bool:
        return not self._open

    def passed(self, number: int) -> bool:
        """Tell whether this delivery has arrived, and it and all before it are settled."""
        oldest = next(iter(self._open), self.arrived + 1)
        return number < oldest

    async def reach(self, number: int) -> None:
        """Wait until it has passed; raises ConnectionError when the session is over before."""
        while not self.passed(number):
            if self.broken.is_set():
                raise ConnectionError("the queue was opened anew")
            await asyncio.sleep(GLANCE)
