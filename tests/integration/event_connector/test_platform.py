"""What lies between the connector and a function fails, and no event pays for it."""

import asyncio

import pytest
from aiohttp import web

from event_connector.connector import Connector
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Call, Gateway, in_turn, say

DEAD = "fn.event-dead-letter-store"
SHUT = {"x-openfaas-internal": "proxy"}


async def test_platform_errors_wait_and_are_no_attempts(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    answers = in_turn(say(503, SHUT), say(429, SHUT), say(500, SHUT), say())
    function = gateway.deploy("a", answers, topic="post.*", start="now", retry_attempts="1")
    await ready(connector, 1)
    await amqp.publish(event())
    await until(lambda: len(function.calls) == 4)
    assert [call.headers["fanfold-attempt"] for call in function.calls] == ["1"] * 4
    gaps = [b.at - a.at for a, b in zip(function.calls, function.calls[1:], strict=False)]
    assert all(gap >= wait for gap, wait in zip(gaps, (0.24, 0.49, 0.49), strict=True))
    assert await amqp.depth(DEAD) == 0


async def test_platform_errors_block_their_function_only(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    down = gateway.deploy("a", say(503, SHUT), topic="post.*", start="now")
    well = gateway.deploy("b", topic="post.*", start="now")
    await ready(connector, 2)
    await amqp.publish(*[event() for _ in range(100)])
    await until(lambda: len(well.calls) == 100)
    assert len(down.calls) < 40
    down.answer = say()
    await until(lambda: len(set(down.ids)) == 100)


async def test_event_that_fells_its_function_is_found_out(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    """Innocents come through meanwhile, so it is the event and not the platform."""
    poison = event(data={"title": "poison"})

    def answer(call: Call) -> web.Response:
        if b"poison" in call.body:
            return web.Response(status=500, headers=SHUT, text="function died")
        return web.Response(status=204)

    gateway.deploy("a", answer, topic="post.*", start="now", retry_attempts="1")
    await ready(connector, 1)
    await amqp.publish(poison)
    for _ in range(8):
        await amqp.publish(event())
        await asyncio.sleep(0.1)
    dead = await until(lambda: amqp.take(DEAD))
    assert dead.header.properties.message_id == poison.id


async def test_gateway_that_goes_away_loses_nothing(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now", retry_attempts="1")
    await ready(connector, 1)
    await gateway.stop()
    sent = [event() for _ in range(10)]
    await amqp.publish(*sent)
    await until(lambda: not connector.health().gateway)
    assert connector.health().consumers.bound == 1
    await gateway.start()
    await until(lambda: len(function.calls) == 10)
    await until(lambda: connector.health().ready)
    assert set(function.ids) == {e.id for e in sent}
    assert await amqp.depth(DEAD) == 0


async def test_event_waits_for_a_function_that_is_removed(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now", retry_attempts="1")
    await ready(connector, 1)
    function.reachable = False  # gone from the data path, still in the list
    first = event()
    await amqp.publish(first)
    await asyncio.sleep(0.1)
    function.listed = False
    await until(lambda: not connector.consumers)
    second = event()
    await amqp.publish(second)
    await until(lambda: amqp.depth("fn.a"))
    function.reachable = function.listed = True
    await until(lambda: len(function.calls) == 2)
    assert set(function.ids) == {first.id, second.id}
    assert await amqp.depth(DEAD) == 0


@pytest.mark.usefixtures("connector")
async def test_nothing_is_consumed_before_functions_are_known(
    gateway: Gateway, amqp: Amqp
) -> None:
    store = gateway.deploy("event-store", topic="#")
    store.listed = False
    sent = event()
    await amqp.publish(sent)
    await until(lambda: gateway.lists)
    assert await amqp.depth("fn.event-store") == 1
    store.listed = True
    await until(lambda: store.calls)
    assert store.ids == [sent.id]


async def test_changed_topics_are_bound_and_unbound(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    before = connector.consumers["a"]
    function.annotations["topic"] = "like.*"
    await until(lambda: connector.consumers.get("a") not in {None, before})
    await ready(connector, 1)
    await amqp.publish(event("post.created"), liked := event("like.added"))
    await until(lambda: function.calls)
    assert function.ids == [liked.id]


async def test_clock_calls_after_each_answer_and_never_twice_at_once(
    gateway: Gateway, connector: Connector
) -> None:
    async def slow(_: Call) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response(status=200)

    relay = gateway.deploy("a-relay", slow, every="100ms")
    quick = gateway.deploy("b-relay", every="200ms")
    await until(lambda: len(relay.calls) == 4 and len(quick.calls) >= 4)
    assert relay.most == 1
    gaps = [b.at - a.at for a, b in zip(quick.calls, quick.calls[1:], strict=False)]
    assert min(gaps) >= 0.19
    assert (relay.calls[0].method, relay.calls[0].body) == ("POST", b"")
    del gateway.functions["b-relay"]
    await until(lambda: "b-relay" not in connector.tickers)
