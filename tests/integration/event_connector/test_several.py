"""Several connectors share the work, and one that is killed leaves nothing undone."""

import asyncio
import json
from collections import Counter
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from tests.integration.event_connector.conftest import Amqp, event, until
from tests.integration.event_connector.gateway import Call, Function, Gateway, say
from tests.integration.event_connector.rabbitmq import RabbitMQ
from tests.integration.event_connector.test_endurance import Program, program

KILLS = 10


async def leads(running: Program) -> bool:
    _, body = await running.health()
    return isinstance(body, dict) and bool(body["leads"])


async def kill(running: Program) -> None:
    running.process.kill()
    await running.process.wait()


async def test_leader_killed_ten_times_every_time_is_kept_once(
    rabbit: RabbitMQ, gateway: Gateway, tmp_path: Path, unused_tcp_port_factory: object
) -> None:
    """The schedule's period is a minute, so its times are moved to within seconds of a kill."""
    assert callable(unused_tcp_port_factory)

    async def slow(_: Call) -> web.Response:
        await asyncio.sleep(0.05)
        return web.Response(status=200)

    relay = gateway.deploy("a-relay", slow, every="200ms")
    cron = gateway.deploy("digest", say(200))
    cron.annotations |= {"topic": "cron-function", "schedule": "* * * * *"}
    began = datetime.now(UTC)
    async with AsyncExitStack() as stack:

        async def another() -> Program:
            port = unused_tcp_port_factory()
            return await stack.enter_async_context(program(rabbit, gateway, tmp_path, port))

        standing = [await another(), await another()]
        for _ in range(KILLS):
            leader = await until(lambda: _leader(standing))
            seen = len(relay.calls)
            await until(lambda seen=seen: len(relay.calls) > seen + 3)
            await kill(leader)
            standing.remove(leader)
            before = asyncio.get_running_loop().time()
            await until(lambda: _leader(standing))
            assert asyncio.get_running_loop().time() - before < 5
            standing.append(await another())
        # At least one of its times lies behind, whenever this began.
        await until(lambda: cron.calls, within=65)
        ended = datetime.now(UTC)
    assert relay.most == 1
    times = [call.headers["fanfold-tick"] for call in cron.calls]
    assert times == sorted(set(times))
    assert times == _minutes(began, ended, len(times))


async def _leader(standing: list[Program]) -> Program | None:
    found = [each for each in standing if await leads(each)]
    assert len(found) < 2
    return found[0] if found else None


def _minutes(began: datetime, ended: datetime, count: int) -> list[str]:
    """Name the minutes between; the first may have been before the first leader's."""
    first = int(began.timestamp()) // 60 + 1
    last = int(ended.timestamp()) // 60
    every = [
        datetime.fromtimestamp(minute * 60, UTC).isoformat().replace("+00:00", "Z")
        for minute in range(first, last + 1)
    ]
    return every[len(every) - count :]


async def test_two_share_a_queue_and_one_is_killed(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    unused_tcp_port_factory: object,
) -> None:
    assert callable(unused_tcp_port_factory)
    effects: Counter[str] = Counter()
    inbox: set[str] = set()

    async def once(call: Call) -> web.Response:
        await asyncio.sleep(0.002)
        if call.event.id not in inbox:
            inbox.add(call.event.id)
            effects[call.event.id] += 1
        return web.Response(status=204)

    function = gateway.deploy("a", once, topic="post.*", start="now")
    sent = [event() for _ in range(1000)]
    async with (
        program(rabbit, gateway, tmp_path, unused_tcp_port_factory()) as first,
        program(rabbit, gateway, tmp_path, unused_tcp_port_factory()) as second,
    ):
        await first.ready()
        await second.ready()
        await amqp.publish(*sent[:500])
        await until(lambda: len(inbox) >= 200)
        await kill(first)
        await amqp.publish(*sent[500:])
        await until(lambda: len(inbox) == 1000)
        await second.ready()
    assert effects == Counter(e.id for e in sent)
    # What the killed one had in hand came twice, and nothing else.
    assert len(function.calls) - 1000 <= 20


async def test_new_queue_is_filled_although_two_see_it(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    unused_tcp_port_factory: object,
) -> None:
    assert callable(unused_tcp_port_factory)
    stored = [event() for _ in range(50)]
    items = [{"sequence": n, **json.loads(e.encode())} for n, e in enumerate(stored, start=1)]
    gateway.deploy("event-store", topic="#")
    gateway.deploy("event-list", say(200, body={"items": items, "next": None}))
    async with (
        program(rabbit, gateway, tmp_path, unused_tcp_port_factory()) as first,
        program(rabbit, gateway, tmp_path, unused_tcp_port_factory()) as second,
    ):
        await first.ready()
        await second.ready()
        function: Function = gateway.deploy("late", topic="post.*")
        await until(lambda: set(function.ids) == {e.id for e in stored})

        async def marked() -> bool:
            return await amqp.names("fn.late", "fn.late.filling") == ["fn.late"]

        await until(marked)
        await amqp.publish(later := event())
        await until(lambda: later.id in function.ids)


async def test_removed_function_is_left_by_all(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    unused_tcp_port_factory: object,
) -> None:
    assert callable(unused_tcp_port_factory)
    function = gateway.deploy("a", topic="post.*", start="now")
    async with AsyncExitStack() as stack:
        running = [
            await stack.enter_async_context(
                program(rabbit, gateway, tmp_path, unused_tcp_port_factory())
            )
            for _ in range(2)
        ]
        for each in running:
            await each.ready()
        function.listed = False

        async def left() -> bool:
            bodies = [(await each.health())[1] for each in running]
            return all(isinstance(b, dict) and not b["consumers"]["wanted"] for b in bodies)

        await until(left)
        await amqp.publish(event())

        async def told() -> bool:
            bodies = [(await each.health())[1] for each in running]
            return any(isinstance(b, dict) and b["stranded"] == {"fn.a": 1} for b in bodies)

        await until(told)
        function.listed = True
        await until(lambda: function.calls)
