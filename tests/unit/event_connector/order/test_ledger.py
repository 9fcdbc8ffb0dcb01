"""The memory of lanes is read although RabbitMQ is slow to answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import cast

import msgspec
from pamqp.commands import Basic

from event_connector.calls.invoker import Invoker
from event_connector.carriage.despatch import Despatch
from event_connector.carriage.trial import Route
from event_connector.deployed.topics import Subscription
from event_connector.order.ledger import Ledger
from shared.amqp import Broker
from shared.once import Once
from tests.unit.event_connector.carrying import in_no_time


class Silent:
    """A broker that does not answer the first declarations, and holds one memory."""

    def __init__(self, unanswered: int) -> None:
        self.unanswered = unanswered
        self.memory = [{"number": 7, "lanes": {"post/1": {"event": "e", "attempts": 3}}}]
        self.left = list(self.memory)

    @asynccontextmanager
    async def channel(self) -> AsyncIterator["Silent"]:
        yield self
        self.left = list(self.memory)

    async def queue_declare(
        self, _name: str, *, durable: bool, arguments: object, timeout: float | None = None
    ) -> None:
        assert (durable, arguments) == (True, {"x-queue-type": "quorum"})
        if self.unanswered:
            self.unanswered -= 1
            async with asyncio.timeout(timeout):
                await asyncio.Event().wait()

    async def basic_get(self, _queue: str, *, timeout: float) -> SimpleNamespace:
        assert timeout
        if not self.left:
            return SimpleNamespace(delivery=Basic.GetEmpty())
        body = msgspec.json.encode(self.left.pop())
        return SimpleNamespace(delivery=Basic.GetOk(7), delivery_tag=7, body=body)

    async def basic_ack(self, tag: int) -> None:
        assert tag == 7

    async def publish(self, *_: object) -> None: ...


async def _yes(_function: str) -> bool:
    return True


def test_memory_that_is_not_answered_for_is_asked_for_again() -> None:
    broker = cast(Broker, Silent(unanswered=2))
    route = Route(broker, cast(Invoker, None), _yes, _yes, lambda tiers: tiers[0])
    despatch = Despatch(route, Subscription("a", ("#",)), Once())
    ledger = Ledger(broker, "lanes.a", despatch.publish)
    in_no_time(ledger.load())
    assert ledger.lanes["post/1"].attempts == 3
