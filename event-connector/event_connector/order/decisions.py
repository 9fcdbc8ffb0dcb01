"""Ask the event service what operators have decided about dead letters of a stopped lane."""

from collections.abc import Collection
from urllib.parse import urlencode

import msgspec

from event_connector.calls.calling import NotAnswered
from event_connector.calls.invoker import Invoker
from shared import log

LIST = "event-dead-letter-list"
# Nothing waits for the answer but what would be dead-lettered otherwise.
EVERY = 5.0


class _Letters(msgspec.Struct):
    items: list[msgspec.Raw]


class Decisions:
    """Which dead letters of one function were discarded; of each asked now and then."""

    def __init__(self, invoker: Invoker, function: str) -> None:
        self.invoker = invoker
        self.function = function
        self._asked: dict[str, float] = {}

    async def discarded(self, events: Collection[str]) -> set[str]:
        """Give those of the events whose letters were discarded; none while nobody answers."""
        now = self.invoker.clock()
        self._asked = {event: at for event, at in self._asked.items() if now - at < EVERY}
        due = [event for event in events if event not in self._asked]
        # Before the answers: who comes meanwhile does not ask beside this.
        self._asked |= dict.fromkeys(due, now)
        return {event for event in due if await self._is_discarded(event)}

    async def _is_discarded(self, event: str) -> bool:
        query = urlencode(
            {"function": self.function, "state": "discarded", "event": event, "limit": 1}
        )
        try:
            answer = await self.invoker.call(LIST, method="GET", query=query)
            if answer.status == 200:
                return bool(msgspec.json.decode(answer.body, type=_Letters).items)
            problem = f"{LIST} answered {answer.status}"
        except (NotAnswered, ValueError) as error:
            problem = str(error)
        log.debug("dead letters not read", function=self.function, error=problem)
        return False
