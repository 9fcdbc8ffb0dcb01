"""Fill a queue that is new with what the event store already holds.

Events published before the queue was bound are either in the event store or on the way to it.
So the store is read to its end, then awaited until it has taken everything that was waiting for
it, and then read on from there. What comes twice is one effect: the inbox knows the event's id.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from pamqp.commands import Basic

from event_connector.broker import queues
from event_connector.calls.invoker import Invoker
from event_connector.deployed.topics import EVENT_LIST, Subscription, matches_any
from shared import log
from shared.amqp import Broker
from shared.backoff import Backoff
from shared.events import CONTENT_TYPE, Event
from shared.once import Once
from shared.retries import RETURN

PAGE = 200


class Stored(msgspec.Struct, frozen=True):
    """An event as event-list gives it."""

    sequence: int
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    data: dict[str, Any]
    revision: int | None = None
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""

    def event(self) -> Event:
        return Event(**{name: getattr(self, name) for name in self.__struct_fields__[1:]})


class _Page(msgspec.Struct, frozen=True):
    items: list[Stored]
    next: str | None = None


class NotListed(Exception):
    """The event store did not list its events."""


class Filling:
    """Fills queues; `caught_up` waits until the event store took all that was on its way."""

    def __init__(
        self, broker: Broker, invoker: Invoker, caught_up: Callable[[], Awaitable[None]]
    ) -> None:
        self.broker = broker
        self.invoker = invoker
        self.caught_up = caught_up

    async def fill(self, subscription: Subscription) -> None:
        """Fill the queue, however long the event store is away, and delete its marker."""
        backoff, said = Backoff(first=0.25, most=5.0), Once()
        function = subscription.function
        while True:
            try:
                count = await self._copy(subscription)
            except Exception as error:  # noqa: BLE001 - whatever it was, the queue waits for it
                said.warning("queue not filled yet", function=function, error=repr(error))
                await backoff.wait()
            else:
                log.info("queue filled", function=function, events=count)
                return

    async def _copy(self, subscription: Subscription) -> int:
        last, before = await self._read(subscription, 0)
        await self.caught_up()
        _, since = await self._read(subscription, last)
        await queues.filled(self.broker, subscription)
        return before + since

    async def _read(self, subscription: Subscription, after: int) -> tuple[int, int]:
        """Publish every matching event behind `after`; give the last place and the count."""
        count = 0
        while True:
            page = await self._page(subscription, after)
            wanted = [e for e in page.items if matches_any(subscription.patterns, e.type)]
            await asyncio.gather(*(self._publish(subscription, e.event()) for e in wanted))
            count += len(wanted)
            after = page.items[-1].sequence if page.items else after
            if page.next is None:
                return after, count

    async def _page(self, subscription: Subscription, after: int) -> _Page:
        query = urlencode(
            {"type": ",".join(subscription.patterns), "after": after, "limit": PAGE}
        )
        answer = await self.invoker.call(EVENT_LIST, method="GET", query=query)
        if answer.status != 200:
            raise NotListed(f"{EVENT_LIST} answered {answer.status}")
        try:
            return msgspec.json.decode(answer.body, type=_Page)
        except ValueError as error:
            raise NotListed(
                f"{EVENT_LIST} answered what is no page of events: {error}"
            ) from None

    async def _publish(self, subscription: Subscription, event: Event) -> None:
        properties = Basic.Properties(
            content_type=CONTENT_TYPE, delivery_mode=2, message_id=event.id
        )
        await self.broker.publish(RETURN, subscription.queue, event.encode(), properties)
