"""What a lane does with what RabbitMQ hands out."""

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aiormq import ChannelInvalidStateError
from aiormq.abc import AbstractChannel, DeliveredMessage

from gateway.queue import record
from gateway.queue.lanes import ATTEMPT, REMEMBERED, Delivery, Lane, Memory
from tests.unit.gateway.queue.test_record import CALL


@dataclass
class Channel:
    """Remembers what was acked; a dead one takes nothing."""

    alive: bool = True
    acked: list[int] = field(default_factory=list)

    async def basic_ack(self, tag: int, **_: Any) -> None:
        if not self.alive:
            raise ChannelInvalidStateError("closed")
        self.acked.append(tag)


@dataclass
class Properties:
    message_id: str
    headers: dict[str, Any] | None


@dataclass
class Header:
    properties: Properties


@dataclass
class Message:
    delivery_tag: int
    header: Header
    body: bytes = field(default_factory=lambda: record.encode(CALL))
    routing_key: str = "async.f.ns"


def message(tag: int, number: str, headers: dict[str, Any] | None = None) -> Message:
    return Message(tag, Header(Properties(number, headers)))


class Stage:
    """A lane for two calls at once, and what it began."""

    def __init__(self) -> None:
        self.most = 2
        self.begun: list[Delivery] = []
        self.misread: list[Any] = []
        self.memory = Memory()
        self.lane = Lane(
            "f.ns",
            self.memory,
            lambda _: self.most,
            self.begun.append,
            lambda _, delivered: self.misread.append(delivered),
        )

    async def hand_out(self, channel: Channel, given: Message) -> None:
        await self.lane.receive(cast(AbstractChannel, channel), cast(DeliveredMessage, given))

    @property
    def ids(self) -> list[str]:
        return [delivery.id for delivery in self.begun]


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_so_many_run_and_the_others_wait(stage: Stage) -> None:
    for number in range(4):
        await stage.hand_out(Channel(), message(number, f"m{number}"))
    assert stage.ids == ["m0", "m1"]
    stage.lane.leave(stage.begun[0])
    stage.lane.leave(stage.begun[0])  # it has left already
    assert stage.ids == ["m0", "m1", "m2"]
    stage.most = 3
    stage.lane.pump()
    assert stage.ids == ["m0", "m1", "m2", "m3"]


async def test_the_attempt_travels_with_the_message(stage: Stage) -> None:
    await stage.hand_out(Channel(), message(1, "first"))
    await stage.hand_out(Channel(), message(2, "third", {ATTEMPT: 3}))
    assert [delivery.attempt for delivery in stage.begun] == [1, 3]


async def test_what_is_handed_out_again_while_it_runs_is_acked_where_it_came_last(
    stage: Stage,
) -> None:
    dead, alive = Channel(), Channel()
    await stage.hand_out(dead, message(7, "m"))
    dead.alive = False
    stage.lane.forget()
    await stage.hand_out(alive, message(1, "m"))
    assert stage.ids == ["m"]
    await stage.begun[0].ack()
    assert (dead.acked, alive.acked) == ([], [1])


async def test_what_is_over_is_acked_and_not_made_again(stage: Stage) -> None:
    dead, alive = Channel(alive=False), Channel()
    await stage.hand_out(dead, message(7, "m"))
    stage.memory.settle("m")
    await stage.begun[0].ack()  # nobody hears it
    await stage.hand_out(alive, message(1, "m"))
    assert (stage.ids, alive.acked) == (["m"], [1])


async def test_what_has_not_begun_is_left_to_the_next_channel(stage: Stage) -> None:
    for number in range(3):
        await stage.hand_out(Channel(), message(number, f"m{number}"))
    stage.lane.forget()
    assert (list(stage.lane.waiting), sorted(stage.memory.open)) == ([], ["m0", "m1"])
    await stage.hand_out(Channel(), message(1, "m2"))
    assert [delivery.id for delivery in stage.lane.waiting] == ["m2"]


async def test_what_is_no_call_is_put_aside(stage: Stage) -> None:
    given = Message(1, Header(Properties("m", None)), b"\xc1")
    await stage.hand_out(Channel(), given)
    assert (stage.ids, stage.misread) == ([], [given])


def test_memory_forgets_what_was_over_long_ago() -> None:
    memory = Memory()
    for number in range(REMEMBERED + 5):
        memory.settle(str(number))
    assert len(memory.over) == REMEMBERED
    assert "4" not in memory.over
