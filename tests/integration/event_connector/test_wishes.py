"""What the annotations of a function ask of its consumer."""

import asyncio
import json

import pytest
from aiohttp import web

from event_connector.broker import queues
from event_connector.broker.queues import Prepared
from event_connector.connector import Connector
from event_connector.deployed.topics import Subscription
from event_connector.operation.health import Consumers
from shared.amqp import Broker
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Call, Gateway


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


async def test_ordered_function_that_is_deployed_anew_waits_for_its_calls(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """A queue older than the wish for order lets several consume: the connector does not."""
    gateway.deploy("a", topic="#", start="now")
    await ready(connector, 1)
    called, go, seen = asyncio.Event(), asyncio.Event(), list[int]()

    async def note(call: Call) -> web.Response:
        called.set()
        await go.wait()
        seen.append(call.event.revision or 0)
        return web.Response(status=204)

    ordered = {"topic": "#", "start": "now", "order": "subject"}
    gateway.deploy("a", note, **ordered)
    await until(lambda: "a" in connector.health().complaints)
    first, second = (event(subject="post/1", revision=number) for number in (1, 2))
    await amqp.publish(first)
    await called.wait()
    again = gateway.deploy("a", note, concurrency="7", **ordered)
    await until(lambda: "a" not in connector.consumers)
    health = connector.health()
    assert (health.ready, health.consumers) == (False, Consumers(0, 1, []))
    await amqp.publish(second)
    looked = gateway.lists
    await until(lambda: gateway.lists > looked + 3)
    assert again.calls == []
    go.set()
    await until(lambda: seen == [1, 2])


async def test_topic_dropped_while_it_is_bound_is_unbound_afterwards(
    gateway: Gateway, connector: Connector, amqp: Amqp, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, began, go = queues.prepare, asyncio.Event(), asyncio.Event()

    async def late(broker: Broker, subscription: Subscription) -> Prepared:
        if "like.*" in subscription.patterns:
            began.set()
            await go.wait()
        return await prepare(broker, subscription)

    monkeypatch.setattr(queues, "prepare", late)
    function = gateway.deploy("a", topic="post.*,like.*", start="now")
    await began.wait()
    before = connector.consumers["a"]
    function.annotations["topic"] = "post.*"
    await until(lambda: connector.consumers.get("a") is not before)
    go.set()
    await until(lambda: before not in connector._tasks)
    await ready(connector, 1)
    await amqp.publish(event("like.added"), posted := event())
    await until(lambda: function.calls)
    assert function.ids == [posted.id]


async def test_exchange_that_is_gone_keeps_nobody_from_consuming(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    await amqp.channel.exchange_declare("events.gone", exchange_type="topic", durable=True)
    function = gateway.deploy("a", topic="post.*", start="now", exchange="events.gone")
    await ready(connector, 1)
    before = connector.consumers["a"]
    await amqp.channel.exchange_delete("events.gone")
    function.annotations["com.fanfold.exchange"] = "events"
    await until(lambda: connector.consumers.get("a") not in {None, before})
    await ready(connector, 1)
    await amqp.publish(posted := event())
    await until(lambda: function.calls)
    assert function.ids == [posted.id]
