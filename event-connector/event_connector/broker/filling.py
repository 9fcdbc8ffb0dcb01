"""Fill a queue that is new with what the event store already holds.

Events published before the queue was bound are either in the event store or on the way to it.
So the store is read to its end, then awaited until it has taken everything that was waiting for
it, and then read on from there. What comes twice is one effect: the inbox knows the event's id.

Where order counts, history goes to a queue of its own, which is emptied before the function's.
What was stored since the wait ended was published since the queue was bound, and is left to it:
of two such events the later may have been stored first.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence

from pamqp.commands import Basic

from event_connector.broker import history, queues
from event_connector.broker.history import WINDOW, Progress, Stored
from event_connector.calls.invoker import Invoker
from event_connector.deployed.patterns import matches_any
from event_connector.deployed.topics import Subscription
from shared import log
from shared.amqp import Broker
from shared.backoff import Backoff
from shared.events import CONTENT_TYPE, Event
from shared.once import Once
from shared.retries import RETURN


class Filling:
    """Fills queues; `caught_up` waits until the event store took all that was on its way."""

    def __init__(
        self, broker: Broker, invoker: Invoker, caught_up: Callable[[], Awaitable[None]]
    ) -> None:
        self.broker = broker
        self.invoker = invoker
        self.caught_up = caught_up

    async def fill(self, subscription: Subscription, progress: Progress) -> None:
        """Fill the queue, however long the event store is away; go on where it was left off.

        In the end the marker is deleted or, where order counts, the end of history marked.
        """
        backoff, said = Backoff(first=0.25, most=5.0), Once()
        function = subscription.function
        while not progress.done:
            try:
                await self._copy(subscription, progress)
            except Exception as error:  # noqa: BLE001 - whatever it was, the queue waits for it
                said.warning("queue not filled yet", function=function, error=repr(error))
                await backoff.wait()
            else:
                progress.done = True
                log.info("queue filled", function=function, events=progress.events)

    async def _copy(self, subscription: Subscription, progress: Progress) -> None:
        if not progress.whole:
            await self._read(subscription, progress)
            await self.caught_up()
            await self._read(subscription, progress)
            if subscription.order:
                await self._finish(subscription, progress)
            progress.whole = True
        if subscription.order:
            await self._send(subscription, b"", queues.end_of_history(subscription))
        else:
            await queues.filled(self.broker, subscription)

    async def _finish(self, subscription: Subscription, progress: Progress) -> None:
        """Publish what was held back, with what belongs before it and was on its way."""
        last = progress.after
        await self.caught_up()
        await self._read(subscription, progress)
        rest = history.until(progress.held, last)
        await self._publish(subscription, rest)
        progress.held, progress.events = [], progress.events + len(rest)

    async def _read(self, subscription: Subscription, progress: Progress) -> None:
        """Publish what matches and follows; for the sake of order, hold the last ones back."""
        while True:
            page = await history.page(self.invoker, subscription, progress)
            ready = [e for e in page.items if matches_any(subscription.patterns, e.type)]
            held: list[Stored] = []
            if subscription.order:
                ready = history.arranged(progress.held + ready)
                ready, held = ready[:-WINDOW], ready[-WINDOW:]
            await self._publish(subscription, ready)
            progress.held, progress.events = held, progress.events + len(ready)
            progress.cursor = page.next
            if page.items:
                progress.after = page.items[-1].sequence
            if page.next is None:
                return

    async def _publish(self, subscription: Subscription, events: Sequence[Stored]) -> None:
        """Publish at once what has different keys, and one after the other what has the same.

        RabbitMQ may take a message and not the one before it.
        """
        order = subscription.order
        lanes: dict[object, list[Event]] = defaultdict(list)
        for stored in events:
            event = stored.event()
            key = order.of(event) if order else None
            lanes[stored.sequence if key is None else key].append(event)
        await asyncio.gather(
            *(self._publish_lane(subscription, lane) for lane in lanes.values())
        )

    async def _publish_lane(self, subscription: Subscription, lane: Sequence[Event]) -> None:
        for event in lane:
            properties = Basic.Properties(
                content_type=CONTENT_TYPE, delivery_mode=2, message_id=event.id
            )
            await self._send(subscription, event.encode(), properties)

    async def _send(
        self, subscription: Subscription, body: bytes, properties: Basic.Properties
    ) -> None:
        if subscription.order:
            await self.broker.publish("", queues.history(subscription), body, properties)
        else:
            await self.broker.publish(RETURN, subscription.queue, body, properties)
