"""History comes before what is live, each key in its order, whatever breaks meanwhile."""

import asyncio
import random
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from aiohttp import web

from event_connector.broker import queues
from event_connector.connector import Connector
from event_connector.deployed.topics import Order, Subscription
from tests.integration.event_connector.conftest import Amqp, connecting, event, until
from tests.integration.event_connector.gateway import Call, Gateway
from tests.integration.event_connector.rabbitmq import RabbitMQ
from tests.integration.event_connector.test_endurance import program
from tests.integration.event_connector.test_filling import Log
from tests.integration.event_connector.test_order import Effects, sequence

ORDER: Any = {"topic": "post.*", "order": "subject", "retry_min_wait": "100ms"}
QUEUES = ("fn.a", "fn.a.filling", "fill.a")
POSTS = ("post/1", "post/2")


def noting(effects: Effects) -> Any:
    def answer(call: Call) -> web.Response:
        effects.note(call)
        return web.Response(status=204)

    return answer


async def _filled(amqp: Amqp) -> bool:
    return await amqp.names(*QUEUES) == ["fn.a"]


async def test_live_event_waits_for_its_history(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """Published while history was not read; and two of that were kept the wrong way round."""
    past = sequence(*POSTS, each=7)
    past[4], past[6] = past[6], past[4]
    log, effects = Log(gateway, *past), Effects()
    log.down = True
    gateway.deploy("a", noting(effects), **ORDER)
    await until(lambda: (c := connector.consumers.get("a")) and c.bound)
    await amqp.publish(*(event(subject=post, revision=8) for post in POSTS))
    await until(lambda: len(log.events) == 16)
    assert (await amqp.depth("fn.a"), effects.seen) == (2, {})
    assert connector.health().filling == ["a"]
    log.down = False
    await until(lambda: _filled(amqp))
    await amqp.publish(*(event(subject=post, revision=9) for post in POSTS))
    await until(lambda: all(9 in effects.seen[post] for post in POSTS))
    whole = list(range(1, 10))
    assert [effects.firsts(post) for post in POSTS] == [whole, whole]
    assert connector.health().filling == []


async def test_history_of_a_queue_that_was_deleted_is_no_history(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """The message behind it would say that all has come."""
    wish = Subscription("a", ("post.*",), order=Order(("subject",)))
    await amqp.channel.queue_declare("fill.a", durable=True, arguments=queues.HISTORY)
    await amqp.channel.basic_publish(
        b"", routing_key="fill.a", properties=queues.end_of_history(wish)
    )
    log, effects = Log(gateway, *sequence(*POSTS, each=300)), Effects()
    gateway.deploy("a", noting(effects), **ORDER)
    await until(lambda: _filled(amqp))
    await until(lambda: connector.health().filling == [])
    whole = list(range(1, 301))
    assert [effects.firsts(post) for post in POSTS] == [whole, whole]
    assert len(log.events) == 600


async def test_order_outlives_connectors_that_fill(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    """Connections are cut, connectors come and go, two at a time; heads fail now and then."""
    effects, chance = Effects(), random.Random(3)
    keys = [f"post/{n}" for n in range(10)]
    log = Log(gateway, *sequence(*keys, each=30))

    def answer(call: Call) -> web.Response:
        if chance.random() < 0.05:
            return web.Response(status=500)
        effects.note(call)
        return web.Response(status=204)

    gateway.deploy("a", answer, **ORDER)
    late = [event(subject=key, revision=number) for number in (31, 32) for key in keys]

    def done() -> bool:
        return all(len(effects.firsts(key)) == 32 for key in keys)

    for turn in range(3):
        async with (
            connecting(rabbit.url, gateway) as one,
            connecting(rabbit.url, gateway) as other,
        ):
            await until(lambda one=one: (c := one.consumers.get("a")) and c.bound)
            if turn == 0:
                await amqp.publish(*late)
            enough = effects.count + 40
            await until(lambda enough=enough: effects.count > enough or done())
            connection = await other.broker.connection()
            await connection.close(ConnectionError("cut"))
            enough = effects.count + 40
            await until(lambda enough=enough: effects.count > enough or done())
    async with connecting(rabbit.url, gateway):
        await until(done, within=60)
        await until(lambda: _filled(amqp))
    assert {key: effects.firsts(key) for key in keys} == {k: list(range(1, 33)) for k in keys}
    assert {e.id for e in late} <= {e.id for e in log.events}


async def test_filling_waits_for_what_a_frozen_connector_holds(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    unused_tcp_port_factory: object,
) -> None:
    """Delivered to it and never stored, until RabbitMQ gives it to the other."""
    assert callable(unused_tcp_port_factory)
    log, free = Log(gateway), asyncio.Event()
    store = log.store.answer

    async def held_up(call: Call) -> web.Response:
        await free.wait()
        answer = store(call)
        return answer if isinstance(answer, web.Response) else await answer

    log.store.answer = held_up
    sent = [event() for _ in range(40)]
    async with AsyncExitStack() as stack:
        going, frozen = [
            await stack.enter_async_context(
                program(rabbit, gateway, tmp_path, unused_tcp_port_factory())
            )
            for _ in range(2)
        ]
        await going.ready()
        await frozen.ready()
        await amqp.publish(*sent)
        # Each has its prefetch in hand, of which four are being called with.
        await until(lambda: log.store.running == 8)
        await until(lambda: _empty(amqp))
        frozen.process.send_signal(signal.SIGSTOP)
        free.set()
        function = gateway.deploy("a", topic="post.*")
        # What is stored now is what the other one held, and the calls that were under way.
        await until(lambda: len(log.events) >= 24)
        await until(lambda: len(set(function.ids)) >= 24)
        assert await amqp.names("fn.a.filling")
        await until(lambda: set(function.ids) == {e.id for e in sent}, within=60)
        await until(lambda: _filled(amqp))


async def _empty(amqp: Amqp) -> bool:
    return await amqp.depth("fn.event-store") == 0
