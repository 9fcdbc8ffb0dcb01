"""What becomes of an event that is delivered to a function."""

from aiohttp import web

from event_connector.connector import Connector
from shared.events import CONTENT_TYPE
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Gateway, in_turn, say


async def test_delivery_reaches_every_function_that_asked(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    created = gateway.deploy("a-created", topic="post.created", start="now")
    every = gateway.deploy("b-every", topic="like.*, post.#", start="now")
    other = gateway.deploy("c-other", topic="user.updated", start="now")
    await ready(connector, 3)
    first, second = event("post.created"), event("post.deleted")
    await amqp.publish(first, second)
    await until(lambda: len(every.calls) == 2)
    await until(lambda: created.calls)
    assert (created.ids, set(every.ids), other.ids) == ([first.id], {first.id, second.id}, [])


async def test_delivery_carries_envelope_and_headers(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    sent = event(traceparent=trace)
    await amqp.publish(sent)
    await until(lambda: function.calls)
    [call] = function.calls
    expected = {
        "content-type": CONTENT_TYPE,
        "ce-id": sent.id,
        "ce-type": "post.created",
        "ce-subject": sent.subject,
        "ce-revision": "1",
        "fanfold-attempt": "1",
        "fanfold-function": "a",
        "traceparent": trace,
    }
    assert call.event == sent
    assert {name: call.headers.get(name) for name in expected} == expected


async def test_delivery_acks_any_2xx(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", in_turn(say(200), say(201), say(202), say(204)), topic="#")
    await ready(connector, 1)
    await amqp.publish(*[event() for _ in range(4)])
    await until(lambda: len(function.calls) == 4)
    await connector.stop()
    assert await amqp.depth("fn.a") == 0


async def test_delivery_calls_again_at_once_and_counts_no_attempt(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    answers = in_turn(*[say(200, body={"again": True})] * 3, say())
    function = gateway.deploy("a", answers, topic="post.*", start="now", retry_attempts="2")
    await ready(connector, 1)
    await amqp.publish(event())
    await until(lambda: len(function.calls) == 4)
    assert [call.headers["fanfold-attempt"] for call in function.calls] == ["1"] * 4


async def test_retry_comes_back_through_a_tier(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    broken = say(500, body={"title": "Internal Error", "detail": "the shelf is full"})
    function = gateway.deploy("a", in_turn(broken, say()), topic="post.*", start="now")
    bystander = gateway.deploy("b", topic="post.*", start="now")
    await ready(connector, 2)
    sent = event()
    await amqp.publish(sent)
    await until(lambda: len(function.calls) == 2)
    first, second = function.calls
    assert (first.event, second.event) == (sent, sent)
    assert second.at - first.at >= 0.95
    told = {
        "fanfold-attempt": "2",
        "fanfold-function": "a",
        "fanfold-last-status": "500",
        "fanfold-last-error": "the shelf is full",
        "fanfold-origin-key": "post.created",
    }
    assert {name: second.headers.get(name) for name in told} == told
    assert bystander.ids == [sent.id]


async def test_retry_waits_at_least_what_the_function_asked(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    busy = say(429, {"retry-after": "2"})
    function = gateway.deploy("a", in_turn(busy, say()), topic="post.*", start="now")
    await ready(connector, 1)
    await amqp.publish(event())
    await until(lambda: len(function.calls) == 2)
    first, second = function.calls
    assert second.at - first.at >= 1.95


async def test_retry_holds_no_slot(gateway: Gateway, connector: Connector, amqp: Amqp) -> None:
    """One event that fails for long does not keep the others of its function waiting."""
    poison = event(data={"title": "poison"})

    def answer(call: object) -> web.Response:
        return web.Response(status=500 if b"poison" in call.body else 204)  # type: ignore[attr-defined] # a Call

    function = gateway.deploy("a", answer, topic="post.*", start="now", concurrency="1")
    await ready(connector, 1)
    others = [event() for _ in range(50)]
    await amqp.publish(poison, *others)
    await until(lambda: len(function.calls) >= 51)
    assert function.ids[:51] == [poison.id, *(other.id for other in others)]


async def test_concurrency_is_what_the_annotation_says(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    import asyncio

    async def slow(_: object) -> web.Response:
        await asyncio.sleep(0.05)
        return web.Response(status=204)

    function = gateway.deploy("a", slow, topic="post.*", start="now", concurrency="3")
    await ready(connector, 1)
    await amqp.publish(*[event() for _ in range(12)])
    await until(lambda: len(function.calls) == 12)
    assert function.most == 3
