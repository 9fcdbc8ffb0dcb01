"""Say so when events gather in a queue that nobody consumes."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from msgspec.structs import replace

from event_connector.broker.depths import depths
from event_connector.clock.leading import Leading, Memory, NotLeading
from event_connector.operation.destinations import ASIDE
from shared import log
from shared.amqp import Broker
from shared.losses import BROKEN
from shared.once import Once

EVERY = 5.0


class Alarms:
    """Watches those queues, and those of functions that are gone.

    The broker lists its queues to nobody who speaks AMQP, so the leader remembers every
    function that ever consumed, and it alone watches what they have left behind.
    """

    def __init__(
        self, broker: Broker, leading: Leading, consuming: Callable[[], Iterable[str] | None]
    ) -> None:
        self.broker = broker
        self.leading = leading
        # None as long as nobody knows.
        self.consuming = consuming
        # Events that nobody consumes, by queue, as last seen.
        self.stranded: dict[str, int] = {}
        # Seen by this connector, be it remembered yet or not.
        self._seen: set[str] = set()
        self._said: dict[str, Once] = {}

    async def watch(self) -> None:
        """Look every now and then, until cancelled; a depth is told when it changes."""
        while True:
            try:
                await self.look()
            except BROKEN as error:
                log.debug("queues not seen", error=repr(error))
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        abandoned = self._abandoned()
        found = await depths(self.broker, [*ASIDE, *abandoned])
        self.stranded = {queue: events for queue, events in found.items() if events}
        for queue in found:
            self._tell(queue)
        if gone := {abandoned[queue] for queue in abandoned if found[queue] is None}:
            self._seen -= gone
            with suppress(NotLeading):
                await self.leading.record(lambda memory: _without(memory, gone))

    async def remember(self, functions: Iterable[str]) -> None:
        """Keep the names of functions that consume; whoever leads does."""
        self._seen.update(functions)
        if self.leading.leads and self._seen - set(self.leading.memory.functions):
            with suppress(NotLeading):
                await self.leading.record(lambda memory: _with(memory, self._seen))

    def _abandoned(self) -> dict[str, str]:
        consuming = self.consuming()
        if not self.leading.leads or consuming is None:
            return {}
        gone = set(self.leading.memory.functions).difference(consuming)
        return {f"fn.{function}": function for function in sorted(gone)}

    def _tell(self, queue: str) -> None:
        said = self._said.setdefault(queue, Once())
        if events := self.stranded.get(queue):
            said.warning(
                "events wait where nobody consumes",
                queue=queue,
                events=events,
                drain=f'python -m event_connector drain {queue} --why "…"',
            )
        else:
            said.over("no event waits there any more", queue=queue)


def _with(memory: Memory, functions: set[str]) -> Memory:
    return replace(memory, functions=tuple(sorted(set(memory.functions) | functions)))


def _without(memory: Memory, functions: set[str]) -> Memory:
    return replace(memory, functions=tuple(sorted(set(memory.functions) - functions)))
