"""A lane that stops behind its dead letter, until an operator decides."""

from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from event_connector.connector import Connector
from event_connector.operation import exposition
from event_connector.order import decisions
from shared.events import Event
from tests.integration.event_connector.conftest import Amqp, connecting, event, ready, until
from tests.integration.event_connector.gateway import Call, Function, Gateway, say
from tests.integration.event_connector.rabbitmq import RabbitMQ

DEAD = "fn.event-dead-letter-store"
STOP: Any = {
    "topic": "post.*",
    "start": "now",
    "order": "subject",
    "on_dead": "stop",
    "retry_attempts": "1",
}


def deploy(gateway: Gateway, **changes: str) -> tuple[Function, list[str]]:
    """Deploy a function that refuses what stands in the list."""
    refused: list[str] = []

    def answer(call: Call) -> web.Response:
        return web.Response(status=400 if call.event.id in refused else 204)

    return gateway.deploy("a", answer, **STOP | changes), refused


def posts(count: int) -> list[Event]:
    return [event(subject="post/a", revision=number) for number in range(1, count + 1)]


async def retried(amqp: Amqp, *letters: Event) -> None:
    """Send dead letters to their function again, as the event service does."""
    for letter in letters:
        await amqp.raw(
            letter.encode(),
            key="fn.a",
            exchange="events.return",
            id=letter.id,
            headers={"fanfold-retry-of": "a letter"},
        )


async def buried(amqp: Amqp) -> tuple[str, str]:
    dead = await until(lambda: amqp.take(DEAD))
    return dead.header.properties.message_id, dead.header.properties.headers["fanfold-reason"]


async def test_stopped_lane_goes_on_in_order_once_its_letters_are_retried(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    function, refused = deploy(gateway)
    first, second, third, fourth = posts(4)
    refused.append(first.id)
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        await amqp.publish(first, second, other := event(subject="post/b"))
        assert await buried(amqp) == (first.id, "status 400")
        assert await buried(amqp) == (second.id, "behind")
        await until(lambda: function.ids == [first.id, other.id])
        assert connector.health().stopped == {"a": ["post/a"]}
        counted = (await exposition.page(connector)).decode()
        assert 'fanfold_connector_lanes_stopped{function="a"} 1' in counted
    # Another connector knows it.
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        await amqp.publish(third)
        assert await buried(amqp) == (third.id, "behind")
        # Out of their order they do not pass.
        await retried(amqp, second)
        assert await buried(amqp) == (second.id, "behind")
        refused.clear()
        await retried(amqp, first, second, third)
        await until(lambda: len(function.calls) == 5)
        await amqp.publish(fourth)
        await until(lambda: len(function.calls) == 6)
        assert connector.health().stopped == {}
    assert function.ids[2:] == [first.id, second.id, third.id, fourth.id]
    assert (await amqp.depth("fn.a"), await amqp.depth(DEAD)) == (0, 0)


async def test_stopped_lane_stands_still_while_its_first_letter_is_tried_again(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    function, refused = deploy(gateway, retry_attempts="3", retry_min_wait="300ms")
    first, second, third, fourth = posts(4)
    refused.append(first.id)
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        await amqp.publish(first, second)
        assert await buried(amqp) == (first.id, "status 400")
        assert await buried(amqp) == (second.id, "behind")
        answer, function.answer = function.answer, say(500)
        await retried(amqp, first)
        await until(lambda: len(function.calls) == 2)
        assert connector.health().stopped == {"a": ["post/a"]}
    # Another connector knows it, and how often it was tried.
    async with connecting(rabbit.url, gateway) as connector:
        refused.clear()
        function.answer = answer
        await ready(connector, 1)
        await until(lambda: len(function.calls) == 3)
        assert function.calls[-1].headers["fanfold-attempt"] == "2"
        await amqp.publish(third)
        assert await buried(amqp) == (third.id, "behind")
        assert connector.health().stopped == {"a": ["post/a"]}
        await retried(amqp, second, third)
        await amqp.publish(fourth)
        await until(lambda: len(function.calls) == 6)
        assert connector.health().stopped == {}
    assert function.ids == [first.id] * 3 + [second.id, third.id, fourth.id]
    assert (await amqp.depth("fn.a"), await amqp.depth(DEAD)) == (0, 0)


async def test_stopped_lane_goes_on_when_its_letters_are_discarded(
    gateway: Gateway, connector: Connector, amqp: Amqp, monkeypatch: Any
) -> None:
    monkeypatch.setattr(decisions, "EVERY", 0.0)
    function, refused = deploy(gateway)
    first, second, third = posts(3)
    discarded: list[str] = []
    refused.append(first.id)

    def letters(call: Call) -> web.Response:
        query = parse_qs(call.query)
        assert (query["function"], query["state"]) == (["a"], ["discarded"])
        items = [{"id": "x", "event_id": one} for one in discarded if one in query["event"]]
        return web.json_response({"items": items, "next": None})

    gateway.deploy("event-dead-letter-list", letters)
    await ready(connector, 1)
    await amqp.publish(first, second)
    assert await buried(amqp) == (first.id, "status 400")
    assert await buried(amqp) == (second.id, "behind")
    discarded.extend([first.id, second.id])
    await amqp.publish(third)
    await until(lambda: function.ids == [first.id, third.id])
    assert connector.health().stopped == {}
