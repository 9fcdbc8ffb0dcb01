"""One timer for all that is looked at from time to time."""

import asyncio
import itertools
from collections.abc import Callable

from gateway.processes.supervisor import Supervisor
from gateway.resources import memory
from gateway.resources.scaler import Scaler
from gateway.resources.usage import Meter
from shared import log

ROUND_SECONDS = 0.5


class Rounds:
    def __init__(self, supervisor: Supervisor, meter: Meter) -> None:
        scaler = Scaler(supervisor)
        functions = supervisor.functions
        # What is done every so many rounds.
        self.duties: tuple[tuple[int, Callable[[float], None]], ...] = (
            (1, scaler.look),
            (2, supervisor.sleep),
            (2, lambda _: memory.watch(functions)),
            (10, lambda _: meter.look(functions)),
        )
        self.loop = supervisor.loop

    async def run(self) -> None:
        for number in itertools.count():
            for every, duty in self.duties:
                if number % every == 0:
                    self.do(duty)
            await asyncio.sleep(ROUND_SECONDS)

    def do(self, duty: Callable[[float], None]) -> None:
        """Bear that one look fails: the others, and the next ones, are still needed."""
        try:
            duty(self.loop.time())
        except Exception as error:  # noqa: BLE001 - said in the log, and tried again
            log.error("round not finished", error=repr(error), traceback=log.trace(error))
