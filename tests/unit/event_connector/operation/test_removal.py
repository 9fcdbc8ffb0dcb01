"""A queue is deleted when it is known to be empty, and what came until then is sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic, Queue
from pamqp.header import ContentHeader

from event_connector.operation.removal import remove
from shared.amqp import Broker
from shared.losses import BROKEN
from tests.unit.event_connector.carrying import in_no_time

BESIDE = ["lanes.a", "fn.a.filling", "fill.a"]
LATE = DeliveredMessage(
    delivery=Basic.Deliver("tag", 7, False, "events", "post.created"),
    header=ContentHeader(properties=Basic.Properties(message_id="late")),
    body=b"{}",
    channel=None,  # type: ignore[arg-type] # a message needs no channel to be read
)


@dataclass
class Deleting:
    """A broker with one queue, to which something comes while it is deleted.

    It counts messages and consumers as it is told, and may break off the deletion.
    """

    counts: list[tuple[int, int]] = field(default_factory=lambda: [(0, 1)])
    fault: Exception | None = None
    tells: bool = True
    deleted: list[str] = field(default_factory=list)
    on_consumer_cancel_callbacks: set[Callable[[object], None]] = field(default_factory=set)
    closing: "asyncio.Future[None]" = field(default_factory=asyncio.Future)
    give: Callable[[DeliveredMessage], Awaitable[None]] | None = None

    @asynccontextmanager
    async def channel(self) -> AsyncIterator["Deleting"]:
        yield self

    async def basic_qos(self, **_: object) -> None: ...
    async def basic_ack(self, _tag: int) -> None: ...

    async def basic_consume(self, _name: str, give: Any, **_: object) -> None:
        self.give = give
        await asyncio.sleep(0)

    async def queue_declare(self, name: str, **_: object) -> Queue.DeclareOk:
        return Queue.DeclareOk(name, *self.counts.pop(0))

    async def queue_delete(self, name: str, **_: object) -> None:
        self.deleted.append(name)
        if name != "fn.a":
            return
        assert not self.counts, "deleted before it was empty"
        assert self.give
        await self.give(LATE)
        if self.fault:
            raise self.fault
        if self.tells:
            for tell in self.on_consumer_cancel_callbacks:
                tell(None)


def removed(make: Callable[[], Deleting], faults: list[Exception] | None = None) -> list[str]:
    """Give the ids of what was sent; sending meets the faults first."""
    sent: list[str] = []

    async def send(delivered: DeliveredMessage) -> None:
        if faults:
            raise faults.pop(0)
        sent.append(str(delivered.header.properties.message_id))

    async def work() -> None:
        broker = make()
        with suppress(*BROKEN):
            await remove(cast(Broker, broker), "a", send)
        assert broker.deleted == [*BESIDE, "fn.a"]

    in_no_time(work())
    return sent


@pytest.mark.parametrize("silent", [(0, 0), (2, 1)])
def test_queue_is_deleted_once_it_is_known_to_be_empty(silent: tuple[int, int]) -> None:
    """Whoever consumes it is counted, if there was an answer."""
    assert removed(lambda: Deleting([silent, silent, (0, 1)])) == ["late"]


@pytest.mark.parametrize("fault", [None, TimeoutError(), ConnectionError("cut")])
@pytest.mark.parametrize("tells", [True, False])
def test_what_came_is_sent_although_nobody_says_that_the_queue_is_gone(
    fault: Exception | None, *, tells: bool
) -> None:
    assert removed(lambda: Deleting(fault=fault, tells=tells)) == ["late"]


def test_what_is_nowhere_else_is_sent_until_that_is_confirmed() -> None:
    faults: list[Exception] = [TimeoutError(), ConnectionError("cut")]
    assert removed(Deleting, faults) == ["late"]


def test_queue_that_is_not_consumed_any_more_is_not_deleted() -> None:
    async def work() -> None:
        broker = Deleting([(0, 2)])
        broker.closing.set_result(None)
        with pytest.raises(ConnectionError, match=r"fn\.a is not consumed any more"):
            await remove(cast(Broker, broker), "a", _never)
        assert broker.deleted == BESIDE

    in_no_time(work())


async def _never(_: object) -> None:
    raise AssertionError("nothing came")
