"""Acks go together where that says the same, and never twice."""

import asyncio
import random

import pytest

from event_connector.broker.acks import Acks


class Channel:
    """A broker's side of acks; it refuses a tag that it does not know, as RabbitMQ does."""

    def __init__(self, deliveries: int) -> None:
        self.unacked = set(range(1, deliveries + 1))
        self.frames: list[tuple[int, bool]] = []
        self.slow = False
        self.changed = asyncio.Event()

    async def basic_ack(self, tag: int, /, *, multiple: bool, wait: bool) -> None:
        assert wait is False
        if self.slow:
            await asyncio.sleep(0)
        known = {one for one in self.unacked if one == tag or (multiple and one < tag)}
        assert tag in known or (multiple and known), f"unknown delivery tag {tag}"
        self.unacked -= known
        self.frames.append((tag, multiple))
        self.changed.set()

    async def acked(self, frames: int) -> None:
        """Return once so many acks have come."""
        async with asyncio.timeout(5):
            while len(self.frames) < frames:
                self.changed.clear()
                await self.changed.wait()


def arrived(channel: Channel) -> Acks:
    acks = Acks(channel)
    for tag in sorted(channel.unacked):
        acks.arrive(tag)
    return acks


async def test_settled_at_once_is_acked_at_once() -> None:
    channel = Channel(50)
    acks = arrived(channel)
    await asyncio.gather(*(acks.settle(tag) for tag in range(1, 51)))
    assert (channel.frames, channel.unacked) == ([(50, True)], set())


async def test_one_alone_is_acked_alone() -> None:
    channel = Channel(2)
    await arrived(channel).settle(1)
    assert channel.frames == [(1, False)]


async def test_open_delivery_is_not_taken_along() -> None:
    channel = Channel(6)
    acks = arrived(channel)
    await asyncio.gather(*(acks.settle(tag) for tag in (6, 2, 1, 5)))
    assert channel.frames == [(2, True), (5, False), (6, False)]
    assert channel.unacked == {3, 4}


async def test_settled_behind_an_open_one_waits_a_moment_for_it() -> None:
    channel = Channel(4)
    acks = Acks(channel, room=2)
    for tag in (1, 2, 3, 4):
        acks.arrive(tag)
    await asyncio.gather(acks.settle(2), acks.settle(3))
    assert channel.frames == []
    await acks.settle(1)
    assert channel.frames == [(3, True)]


async def test_settled_behind_one_that_stays_open_is_acked_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("event_connector.broker.acks.PATIENCE", 0.0)
    channel = Channel(4)
    acks = Acks(channel, room=2)
    for tag in (1, 2, 3, 4):
        acks.arrive(tag)
    await asyncio.gather(acks.settle(2), acks.settle(4))
    await channel.acked(2)
    assert channel.frames == [(2, False), (4, False)]


async def test_more_than_there_is_room_for_does_not_wait() -> None:
    channel = Channel(4)
    acks = Acks(channel, room=2)
    for tag in (1, 2, 3, 4):
        acks.arrive(tag)
    await asyncio.gather(*(acks.settle(tag) for tag in (2, 3, 4)))
    assert channel.frames == [(2, False), (3, False), (4, False)]


async def test_end_waits_for_nothing() -> None:
    channel = Channel(2)
    acks = Acks(channel, room=1)
    acks.arrive(1)
    acks.arrive(2)
    await acks.settle(2)
    await acks.send()
    assert channel.frames == [(2, False)]


async def test_delivery_that_never_came_is_not_taken_along() -> None:
    channel = Channel(5)
    acks = Acks(channel)
    for tag in (1, 2, 4, 5):
        acks.arrive(tag)
    await asyncio.gather(*(acks.settle(tag) for tag in (1, 2, 4, 5)))
    assert channel.unacked == {3}


async def test_cancelled_call_leaves_its_acks_to_the_end() -> None:
    channel = Channel(3)
    acks = arrived(channel)
    gathering = asyncio.create_task(acks.settle(1))
    await asyncio.sleep(0)
    await acks.settle(2)
    gathering.cancel()
    await asyncio.gather(gathering, return_exceptions=True)
    assert channel.frames == []
    await acks.send()
    assert (channel.frames, channel.unacked) == ([(2, True)], {3})


async def test_no_order_of_settling_acks_twice_or_never() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        channel = Channel(30)
        channel.slow = seed % 2 == 0
        acks = arrived(channel)
        tags = list(range(1, 31))
        chance.shuffle(tags)
        settling = set()
        for tag in tags:
            settling.add(asyncio.create_task(acks.settle(tag)))
            if chance.random() < 0.3:
                await asyncio.sleep(0)
        await asyncio.gather(*settling)
        assert channel.unacked == set(), seed
