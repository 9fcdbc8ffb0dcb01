"""Wait longer after each failure in a row, up to a ceiling."""

import asyncio


class Backoff:
    """Doubles from `first` to `most` seconds; a success resets it."""

    def __init__(self, *, first: float, most: float) -> None:
        self.first = first
        self.most = most
        self.failures = 0

    def next(self) -> float:
        self.failures += 1
        return min(self.first * (1 << min(self.failures - 1, 30)), self.most)

    async def wait(self) -> None:
        await asyncio.sleep(self.next())

    def reset(self) -> None:
        self.failures = 0
