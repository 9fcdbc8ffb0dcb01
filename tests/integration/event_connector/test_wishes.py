"""What the annotations of a function ask of its consumer."""

import asyncio
import json

from aiohttp import web

from event_connector.connector import Connector
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Gateway


async def test_filter_calls_with_what_matches_and_acks_the_rest(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    written = json.dumps(
        {"subject": [{"prefix": "post/a"}], "data.likes": [{"numeric": [">", 1]}]}
    )
    chosen = gateway.deploy("a", topic="post.*", start="now", filter=written)
    every = gateway.deploy("b", topic="post.*", start="now")
    await ready(connector, 2)
    wanted = event(subject="post/a1", data={"likes": 2})
    others = [
        event(subject="post/b1", data={"likes": 2}),
        event(subject="post/a1", data={"likes": 1}),
        event(subject="post/a1"),
    ]
    await amqp.publish(*others, wanted)
    await until(lambda: len(every.calls) == 4)
    await until(lambda: chosen.calls)
    await connector.stop()
    assert (chosen.ids, await amqp.depth("fn.a")) == ([wanted.id], 0)


async def test_bad_filter_is_told_and_the_function_keeps_its_events(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now", filter='{"subjct": ["x"]}')
    await ready(connector, 1)
    sent = event()
    await amqp.publish(sent)
    await until(lambda: function.calls)
    told = (
        "com.fanfold.filter: a path is an attribute of an event or data.<field>, got 'subjct'"
    )
    assert (function.ids, connector.health().complaints) == ([sent.id], {"a": (told,)})


async def test_prefetch_is_what_the_annotation_says(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    go = asyncio.Event()

    async def held(_: object) -> web.Response:
        await go.wait()
        return web.Response(status=204)

    function = gateway.deploy("a", held, topic="#", start="now", concurrency="1", prefetch="3")
    await ready(connector, 1)
    await amqp.publish(*[event() for _ in range(10)])
    await until(lambda: len(function.calls) == 1)
    # The rest waits in RabbitMQ, where every connector can take it.
    await until(lambda: _seven_wait(amqp))
    go.set()
    await until(lambda: len(function.calls) == 10)
    assert function.most == 1


async def _seven_wait(amqp: Amqp) -> bool:
    return await amqp.depth("fn.a") == 7
