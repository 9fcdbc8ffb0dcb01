"""Forget when cron schedules were last kept that nobody asks for any more."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from msgspec.structs import replace

from event_connector.clock.leading import Memory, NotLeading
from event_connector.clock.ticking import Lead
from shared import log

# Who is deployed anew, or only mended, is not listed for a moment.
PATIENCE = 60.0


class Forgetting:
    """Of functions without a schedule: should one return, no time in between is made up."""

    def __init__(self, lead: Lead) -> None:
        self.lead = lead
        # Since when these have had none.
        self._since: dict[str, float] = {}

    async def follow(self, scheduled: Collection[str]) -> None:
        """Learn whose schedules are kept now, each time that the gateway has told."""
        now = asyncio.get_running_loop().time()
        ticks = self.lead.memory.ticks if self.lead.leads else {}
        self._since = {n: self._since.get(n, now) for n in ticks if n not in scheduled}
        gone = {name for name, since in self._since.items() if now - since >= PATIENCE}
        if not gone:
            return

        def forget(memory: Memory) -> Memory:
            left = {name: tick for name, tick in memory.ticks.items() if name not in gone}
            return replace(memory, ticks=left)

        with suppress(NotLeading):
            await self.lead.record(forget)
            log.info("schedules forgotten", functions=sorted(gone))
