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


class _Letter(msgspec.Struct):
    event_id: str


class _Letters(msgspec.Struct):
    items: list[_Letter]
    next: str | None = None


class Decisions:
    """Which dead letters of one function were discarded; asked every few seconds at most."""

    def __init__(self, invoker: Invoker, function: str) -> None:
        self.invoker = invoker
        self.function = function
        self._asked = -EVERY

    async def discarded(self, events: Collection[str]) -> set[str]:
        """Give those of the events whose letters were discarded; none while nobody answers."""
        now = self.invoker.clock()
        if now - self._asked < EVERY:
            return set()
        self._asked = now
        wanted, found = set(events), set[str]()
        cursor: str | None = ""
        # However many were discarded since: what is not found holds its lane up for ever.
        while cursor is not None and found != wanted:
            page = await self._page(cursor)
            found |= {letter.event_id for letter in page.items} & wanted
            cursor = page.next
        self._asked = self.invoker.clock()
        return found

    async def _page(self, cursor: str) -> _Letters:
        asked = {"function": self.function, "state": "discarded", "limit": 100}
        query = urlencode(asked | ({"cursor": cursor} if cursor else {}))
        try:
            answer = await self.invoker.call(LIST, method="GET", query=query)
            if answer.status == 200:
                return msgspec.json.decode(answer.body, type=_Letters)
            problem = f"{LIST} answered {answer.status}"
        except (NotAnswered, ValueError) as error:
            problem = str(error)
        log.debug("dead letters not read", function=self.function, error=problem)
        return _Letters([])
