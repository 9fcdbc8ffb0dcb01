"""A session ends when a delivery breaks, so that no message is held for ever."""

from typing import cast

import pytest
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic, Queue
from pamqp.header import ContentHeader

from event_connector.broker.message import Message, Unsettled
from event_connector.carriage.courier import Courier
from event_connector.deployed.topics import Subscription
from event_connector.session import Seen, Session


class Channel:
    """A channel that is open and takes acks."""

    is_closed = False

    def __init__(self) -> None:
        self.acked: list[int] = []

    async def basic_ack(self, tag: int, /, *, multiple: bool, wait: bool) -> None:
        assert (multiple, wait) == (False, False)
        self.acked.append(tag)


class Counting:
    """A channel that tells in turn what it was given of messages and consumers."""

    def __init__(self, *counts: tuple[int, int]) -> None:
        self.counts = list(counts)

    async def queue_declare(self, name: str, **_: object) -> Queue.DeclareOk:
        return Queue.DeclareOk(name, *self.counts.pop(0))


class Breaking:
    """A courier that meets a fault."""

    draining = False

    def __init__(self, fault: Exception | None) -> None:
        self.fault = fault
        self.subscription = Subscription("a", ("#",), prefetch=1)

    async def deliver(self, _message: Message) -> None:
        if self.fault:
            raise self.fault


def delivered() -> DeliveredMessage:
    return DeliveredMessage(
        delivery=Basic.Deliver("tag", 7, False, "events", "post.created"),
        header=ContentHeader(properties=Basic.Properties()),
        body=b"{}",
        channel=None,  # type: ignore[arg-type] # a message needs no channel to be read
    )


async def handled(fault: Exception | None) -> tuple[list[int], bool]:
    """Give what was acked, and whether the session ended."""
    channel = Channel()
    session = Session(cast(AbstractChannel, channel), cast(Courier, Breaking(fault)), "fn.a")
    await session.receive(delivered())
    assert session.tasks == {}
    return channel.acked, session.ended.is_set()


@pytest.mark.parametrize(
    ("fault", "acked", "ended"),
    [
        (None, [7], False),
        (Unsettled(), [], False),  # whoever drains the courier ends the session too
        (RuntimeError("a fault of ours, and no lost channel"), [], True),
        (TimeoutError(), [], True),
        (KeyError("of another kind"), [], True),
    ],
)
async def test_session_ends_when_a_delivery_breaks(
    fault: Exception | None, acked: list[int], *, ended: bool
) -> None:
    assert await handled(fault) == (acked, ended)


def looking(*counts: tuple[int, int]) -> Session:
    return Session(
        cast(AbstractChannel, Counting(*counts)), cast(Courier, Breaking(None)), "fn.a"
    )


async def test_look_tells_what_waited_when_it_was_asked() -> None:
    assert await looking((3, 1), (0, 2)).look() == Seen(arrived=0, waiting=3)


@pytest.mark.parametrize("counts", [[(0, 0)], [(3, 1), (0, 0)]])
async def test_look_believes_nobody_who_does_not_count_this_consumer(
    counts: list[tuple[int, int]],
) -> None:
    """What had come is not known either: a queue that is silent has not sent it."""
    with pytest.raises(ConnectionError, match=r"fn\.a does not say what waits in it"):
        await looking(*counts).look()
