"""Events of one key come in their order, whatever fails in between."""

import asyncio
import json
import random
from collections import defaultdict
from typing import Any

import pytest
from aiohttp import web

from event_connector.connector import Connector
from tests.integration.event_connector.conftest import Amqp, connecting, event, ready, until
from tests.integration.event_connector.gateway import Call, Gateway, in_turn, say
from tests.integration.event_connector.rabbitmq import RabbitMQ

DEAD = "fn.event-dead-letter-store"
ORDER: Any = {"topic": "post.*", "start": "now", "order": "subject", "retry_min_wait": "100ms"}


def sequence(*keys: str, each: int) -> list[Any]:
    """Give events of these keys in turn, numbered per key by their revision."""
    return [
        event(subject=key, revision=number) for number in range(1, each + 1) for key in keys
    ]


class Effects:
    """What each key's events did, as a function without an inbox would know it."""

    def __init__(self) -> None:
        self.seen: dict[str, list[int]] = defaultdict(list)

    def note(self, call: Call) -> None:
        self.seen[call.event.subject].append(call.event.revision or 0)

    @property
    def count(self) -> int:
        return sum(map(len, self.seen.values()))

    def firsts(self, key: str) -> list[int]:
        """Give the order in which the events of a key came through for the first time."""
        return list(dict.fromkeys(self.seen[key]))


async def test_followers_wait_for_their_head_and_others_do_not(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    effects, down = Effects(), [True]

    def answer(call: Call) -> web.Response:
        if call.event.subject == "post/a" and down:
            return web.Response(status=500)
        effects.note(call)
        return web.Response(status=204)

    function = gateway.deploy("a", answer, **ORDER)
    await ready(connector, 1)
    sent = sequence("post/a", "post/b", each=20)
    await amqp.publish(*sent)
    await until(lambda: len(effects.seen["post/b"]) == 20)
    assert effects.seen["post/a"] == []
    assert {c.event.revision for c in function.calls if c.event.subject == "post/a"} == {1}
    down.clear()
    await until(lambda: len(effects.seen["post/a"]) == 20)
    assert effects.seen == {key: list(range(1, 21)) for key in ("post/b", "post/a")}
    assert [c.headers["fanfold-attempt"] for c in function.calls][-1] == "1"
    await connector.stop()
    assert (await amqp.depth("fn.a"), await amqp.depth(DEAD)) == (0, 0)


async def test_head_is_dead_lettered_and_its_lane_goes_on(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    def answer(call: Call) -> web.Response:
        return web.Response(status=500 if call.event.revision == 1 else 204)

    function = gateway.deploy("a", answer, retry_attempts="2", **ORDER)
    await ready(connector, 1)
    first, second = sequence("post/a", each=2)
    await amqp.publish(first, second)
    dead = await until(lambda: amqp.take(DEAD))
    await until(lambda: len(function.calls) == 3)
    assert dead.header.properties.message_id == first.id
    assert dead.header.properties.headers["fanfold-attempt"] == "2"
    assert function.ids == [first.id, first.id, second.id]
    assert [c.headers["fanfold-attempt"] for c in function.calls] == ["1", "2", "1"]
    assert function.calls[1].headers["fanfold-last-status"] == "500"


async def test_attempts_outlive_the_connector(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    wishes = ORDER | {"retry_min_wait": "300ms"}
    function = gateway.deploy("a", say(500), retry_attempts="4", **wishes)
    sent = event(subject="post/a")
    for calls in (1, 2, 3):
        async with connecting(rabbit.url, gateway) as connector:
            await ready(connector, 1)
            if calls == 1:
                await amqp.publish(sent)
            await until(lambda calls=calls: len(function.calls) >= calls)
    async with connecting(rabbit.url, gateway):
        dead = await until(lambda: amqp.take(DEAD))
    assert [c.headers["fanfold-attempt"] for c in function.calls] == ["1", "2", "3", "4"]
    assert dead.header.properties.headers["fanfold-attempt"] == "4"


@pytest.mark.parametrize("batch", ["1", "20"])
async def test_no_inversion_whatever_breaks(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, batch: str
) -> None:
    """Transient failures, connections that are cut and connectors that come and go."""
    effects, chance = Effects(), random.Random(7)

    def one(call: Call) -> web.Response:
        if chance.random() < 0.05:
            return web.Response(status=500)
        effects.note(call)
        return web.Response(status=204)

    def many(call: Call) -> web.Response:
        failed = []
        for body in split(call.body):
            part = Call(call.method, call.query, call.headers, body, call.at)
            if chance.random() < 0.05:
                failed.append(part.event.id)
            else:
                effects.note(part)
        return web.json_response({"itemFailures": failed})

    keys = [f"post/{n}" for n in range(12)]
    gateway.deploy("a", one if batch == "1" else many, batch=batch, **ORDER)
    sent = sequence(*keys, each=40)

    def done() -> bool:
        return all(len(effects.firsts(key)) == 40 for key in keys)

    publishing: asyncio.Task[None] | None = None
    for _ in range(4):
        async with connecting(rabbit.url, gateway) as connector:
            await ready(connector, 1)
            publishing = publishing or asyncio.create_task(amqp.publish(*sent))
            enough = effects.count + 60
            await until(lambda enough=enough: effects.count > enough or done())
            connection = await connector.broker.connection()
            await connection.close(ConnectionError("cut"))
            enough = effects.count + 30
            await until(lambda enough=enough: effects.count > enough or done())
    async with connecting(rabbit.url, gateway):
        await until(done, within=60)
    assert publishing
    await publishing
    assert {key: effects.firsts(key) for key in keys} == {k: list(range(1, 41)) for k in keys}
    assert await amqp.depth(DEAD) == 0


def split(body: bytes) -> list[bytes]:
    return [json.dumps(one).encode() for one in json.loads(body)]


async def test_blocked_lanes_do_not_starve_the_others(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    def answer(call: Call) -> web.Response:
        return web.Response(status=500 if call.event.subject == "post/a" else 204)

    wishes = ORDER | {"retry_min_wait": "30s"}
    function = gateway.deploy("a", answer, concurrency="1", **wishes)
    await ready(connector, 1)
    await amqp.publish(*sequence("post/a", each=200), last := event(subject="post/b"))
    await until(lambda: last.id in function.ids)


async def test_events_without_the_key_keep_no_order(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    wishes = ORDER | {"order": "data.room"}
    function = gateway.deploy("a", in_turn(say(500), say()), **wishes)
    await ready(connector, 1)
    first, second = event(), event()
    await amqp.publish(first, second)
    await until(lambda: len(function.calls) == 3)
    assert function.ids == [first.id, second.id, first.id]


async def test_second_connector_waits_and_takes_over(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    effects = Effects()

    def answer(call: Call) -> web.Response:
        effects.note(call)
        return web.Response(status=204)

    gateway.deploy("a", answer, **ORDER)
    async with connecting(rabbit.url, gateway) as second:
        async with connecting(rabbit.url, gateway) as first:
            await ready(first, 1)
            await ready(second, 1)
            await amqp.publish(*sequence("post/a", "post/b", each=50))
            await until(lambda: len(effects.seen["post/b"]) > 20)
        await until(lambda: len(effects.firsts("post/b")) == 50)
        await until(lambda: len(effects.firsts("post/a")) == 50)
    assert effects.firsts("post/a") == effects.firsts("post/b") == list(range(1, 51))


async def test_queue_without_single_active_consumer_is_complained_of(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    await amqp.channel.queue_declare("fn.a", durable=True, arguments={"x-queue-type": "quorum"})
    function = gateway.deploy("a", **ORDER)
    await until(lambda: (c := connector.consumers.get("a")) and c.bound)
    await amqp.publish(event())
    await until(lambda: function.calls)
    [told] = connector.health().complaints["a"]
    assert told.startswith("com.fanfold.order: fn.a was declared without x-single-active")
