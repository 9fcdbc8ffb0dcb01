"""The calls a second of each function over the last minutes, for who opens the page now."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import pairwise

from gateway.function import Function

STEP_SECONDS = 2.0
POINTS = 60


class History:
    """Looks at the counts now and then: a call itself does nothing for it."""

    def __init__(self) -> None:
        self.counted: dict[Function, deque[int]] = {}

    async def keep(self, functions: Mapping[str, Function]) -> None:
        while True:
            self.look(functions.values())
            await asyncio.sleep(STEP_SECONDS)

    def look(self, functions: Iterable[Function]) -> None:
        before, self.counted = self.counted, {}
        for function in functions:
            # Who was not there at the last look had not been called by then.
            counted = before.get(function) or deque([0], maxlen=POINTS + 1)
            counted.append(function.counts.finished)
            self.counted[function] = counted

    def rates(self, function: Function) -> list[float]:
        """Give the rates, the newest last, or nothing where there was no call at all."""
        steps = [later - earlier for earlier, later in pairwise(self.counted.get(function, ()))]
        return [step / STEP_SECONDS for step in steps] if any(steps) else []
