"""Wait longer after each failure in a row, up to a ceiling."""

import asyncio


def delay(failures: int, *, first: float, most: float) -> float:
    """Give how many seconds to wait after so many failures in a row, at least one."""
    return min(first * (1 << min(failures - 1, 30)), most)


class Backoff:
    """Doubles from `first` to `most` seconds; a success resets it."""

    def __init__(self, *, first: float, most: float) -> None:
        self.first = first
        self.most = most
        self.failures = 0

    def next(self) -> float:
        self.failures += 1
        return delay(self.failures, first=self.first, most=self.most)

    async def wait(self) -> None:
        await asyncio.sleep(self.next())

    def reset(self) -> None:
        self.failures = 0
