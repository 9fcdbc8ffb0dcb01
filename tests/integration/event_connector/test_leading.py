"""Of several connectors one leads, whatever happens to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace

from event_connector.clock.leading import QUEUE, Leading, Memory, NotLeading, Tick
from shared.amqp import Broker
from tests.integration.event_connector.conftest import Amqp, until
from tests.integration.event_connector.rabbitmq import RabbitMQ


@asynccontextmanager
async def standing(rabbit: RabbitMQ, name: str) -> AsyncIterator[Leading]:
    broker = Broker(rabbit.url, name)
    leading = Leading(broker)
    tasks = [asyncio.create_task(broker.run()), asyncio.create_task(leading.run())]
    try:
        yield leading
    finally:
        await leading.close()
        await broker.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def cut(leading: Leading) -> None:
    connection = await leading.broker.connection()
    await connection.close(ConnectionError("cut"))


async def keep(leading: Leading, function: str, at: float) -> None:
    def kept(memory: Memory) -> Memory:
        return replace(memory, ticks={**memory.ticks, function: Tick("* * * * *", at)})

    await leading.record(kept)


async def know(leading: Leading, function: str) -> None:
    await leading.record(lambda memory: replace(memory, functions=(function,)))


async def one_message(amqp: Amqp) -> bool:
    return await amqp.depth(QUEUE) == 1


async def test_one_leads_and_the_next_knows_what_it_knew(rabbit: RabbitMQ, amqp: Amqp) -> None:
    async with standing(rabbit, "a") as first, standing(rabbit, "b") as second:
        await until(lambda: first.leads or second.leads)
        for at in range(1, 6):
            leader, other = (first, second) if first.leads else (second, first)
            with pytest.raises(NotLeading):
                await keep(other, "nobody", at)
            await asyncio.gather(keep(leader, "x", at), keep(leader, f"y{at}", at))
            known = leader.memory
            await cut(leader)
            await until(lambda other=other: other.leads)
            assert not leader.leads
            assert other.memory.ticks == known.ticks
            assert other.memory.version > known.version
    await until(lambda: one_message(amqp))
    assert sorted(known.ticks) == ["x", "y1", "y2", "y3", "y4", "y5"]


async def test_memory_outlives_all_connectors(rabbit: RabbitMQ, amqp: Amqp) -> None:
    for round_ in range(3):
        async with standing(rabbit, "a") as leading:
            await until(lambda leading=leading: leading.leads)
            if round_:
                assert leading.memory.functions == (f"function {round_ - 1}",)
            await know(leading, f"function {round_}")
        await until(lambda: one_message(amqp))


async def test_broker_killed_and_back_somebody_leads(rabbit: RabbitMQ) -> None:
    async with standing(rabbit, "a") as first, standing(rabbit, "b") as second:
        await until(lambda: first.leads or second.leads)
        leader = first if first.leads else second
        await keep(leader, "kept", 7.0)
        await asyncio.sleep(1.5)  # see test_endurance: the node writes new names down by then
        rabbit.kill()
        await until(lambda: not first.leads and not second.leads)
        with pytest.raises(NotLeading):
            await leader.confirm()
        await asyncio.to_thread(rabbit.start)
        await until(lambda: first.leads or second.leads)
        leader = first if first.leads else second
        assert leader.memory.ticks["kept"].at == 7.0
        assert not (first.leads and second.leads)


async def test_what_is_no_memory_stops_nobody(
    rabbit: RabbitMQ, amqp: Amqp, capfd: pytest.CaptureFixture[str]
) -> None:
    async with standing(rabbit, "a") as leading:
        await until(lambda: leading.leads)
        await amqp.channel.basic_publish(b"\xff?", exchange="", routing_key=QUEUE)
        told: list[str] = []

        def heard() -> bool:
            told.append(capfd.readouterr().err)
            return "memory not read" in "".join(told)

        await until(heard)
        await leading.confirm()
        assert leading.leads
    await until(lambda: one_message(amqp))
