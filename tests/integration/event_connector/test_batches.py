"""Batches from RabbitMQ to a function: one call, many events, each with its own fate."""

import json
from typing import Any

from aiohttp import web

from event_connector.connector import Connector
from shared.events import BATCH_TYPE
from tests.integration.event_connector.conftest import Amqp, event, ready, until
from tests.integration.event_connector.gateway import Call, Gateway

BATCH: Any = {"batch": "50", "batch_window": "200ms", "start": "now"}


def ids(call: Call) -> list[str]:
    return [sent["id"] for sent in json.loads(call.body)]


async def test_batch_carries_many_events_and_acks_them_all(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", **BATCH)
    await ready(connector, 1)
    sent = [event() for _ in range(120)]
    await amqp.publish(*sent)
    await until(lambda: sum(len(ids(call)) for call in function.calls) == 120)
    await connector.stop()
    got = [one for call in function.calls for one in ids(call)]
    assert sorted(got) == sorted(one.id for one in sent)
    assert max(len(ids(call)) for call in function.calls) > 1
    assert {call.headers["content-type"] for call in function.calls} == {BATCH_TYPE}
    assert await amqp.depth("fn.a") == 0


async def test_named_failure_comes_again_alone(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    sent = [event() for _ in range(10)]
    refused: list[str] = [sent[3].id]

    def answer(call: Call) -> web.Response:
        failed = [refused.pop()] if refused and refused[0] in ids(call) else []
        return web.json_response({"itemFailures": failed})

    function = gateway.deploy("a", answer, topic="post.*", **BATCH)
    await ready(connector, 1)
    await amqp.publish(*sent)
    await until(lambda: sum(len(ids(call)) for call in function.calls) == 11)
    assert ids(function.calls[-1]) == [sent[3].id]
    assert function.calls[-1].headers["fanfold-last-status"] == "200"
    await connector.stop()
    assert await amqp.depth("fn.a") == 0


async def test_poison_alone_is_dead_lettered_and_no_innocent_with_it(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    sent = [event() for _ in range(40)]
    poison = {sent[7].id, sent[31].id}
    taken: list[str] = []

    def answer(call: Call) -> web.Response:
        if poison & set(ids(call)):
            return web.Response(status=500, text="one of these")
        taken.extend(ids(call))
        return web.Response(status=204)

    gateway.deploy("a", answer, topic="post.*", retry_attempts="2", **BATCH)
    await ready(connector, 1)
    await amqp.publish(*sent)
    queue = "fn.event-dead-letter-store"
    await until(lambda: _waiting(amqp, queue, 2))
    letters = [await amqp.take(queue) for _ in range(2)]
    await connector.stop()
    assert {one.header.properties.message_id for one in letters if one} == poison
    assert sorted(taken) == sorted(one.id for one in sent if one.id not in poison)
    assert (await amqp.depth("fn.a"), await amqp.depth(queue)) == (0, 0)


async def _waiting(amqp: Amqp, queue: str, count: int) -> bool:
    return await amqp.depth(queue) >= count
