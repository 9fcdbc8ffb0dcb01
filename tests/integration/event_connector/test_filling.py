"""A queue that is new starts with what the event store holds, whatever happens meanwhile."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from event_connector.connector import Connector
from event_connector.operation.exposition import page
from functions.event.model import Topics
from shared.errors import Invalid
from shared.events import Event
from tests.integration.event_connector.conftest import (
    Amqp,
    connecting,
    event,
    ready,
    until,
)
from tests.integration.event_connector.gateway import Call, Function, Gateway
from tests.integration.event_connector.rabbitmq import RabbitMQ


class Log:
    """An event store of a few lines: event-store and event-list over one list."""

    def __init__(self, gateway: Gateway, *events: Event) -> None:
        self.events = list(events)
        self.down = False
        self.slow = 0.0
        self.store: Function = gateway.deploy("event-store", self._store, topic="#")
        self.list: Function = gateway.deploy("event-list", self._list)

    async def _store(self, call: Call) -> web.Response:
        await asyncio.sleep(self.slow)
        self.events.append(call.event)
        return web.Response(status=204)

    def _list(self, call: Call) -> web.Response:
        if self.down:
            return web.Response(status=503, text="the log is away")
        query = {name: values[0] for name, values in parse_qs(call.query).items()}
        try:
            Topics.parse(query.get("type", ""))
        except Invalid as error:
            return web.json_response({"title": str(error)}, status=400)
        after, limit = int(query["after"]), int(query["limit"])
        found = list(enumerate(self.events, 1))[after : after + limit]
        more = len(self.events) > after + limit
        items = [self._item(sequence, stored) for sequence, stored in found]
        return web.json_response({"items": items, "next": "more" if more else None})

    def _item(self, sequence: int, stored: Event) -> dict[str, Any]:
        names = (
            "id", "type", "source", "subject", "revision", "dataschema", "correlationid",
            "causationid", "traceparent", "data",
        )  # fmt: skip
        item = {name: getattr(stored, name) for name in names}
        return {"sequence": sequence, "time": stored.time.isoformat(), **item}


@pytest.mark.usefixtures("connector")
async def test_new_queue_is_filled_with_what_matches(gateway: Gateway, amqp: Amqp) -> None:
    kinds = ["post.created", "like.added", "post.deleted"] * 150
    log = Log(gateway, *[event(kind) for kind in kinds])
    function = gateway.deploy("a", topic="post.*")
    wanted = {stored.id: stored for stored in log.events if stored.type.startswith("post.")}
    await until(lambda: len(function.calls) >= len(wanted))
    assert {call.event.id: call.event for call in function.calls} == wanted
    await until(lambda: _gone(amqp, "fn.a.filling"))
    assert await amqp.names("fn.a") == ["fn.a"]


async def test_queue_that_exists_or_starts_now_is_not_filled(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    log = Log(gateway)
    function = gateway.deploy("a", topic="post.*")
    gateway.deploy("b", topic="post.*", start="now")
    async with connecting(rabbit.url, gateway) as first:
        await ready(first, 3)
        await until(lambda: _gone(amqp, "fn.a.filling"))
    log.events.append(event())
    log.list.calls.clear()
    async with connecting(rabbit.url, gateway) as second:
        await ready(second, 3)
        published = event()
        await amqp.publish(published)
        await until(lambda: function.calls)
    assert (function.ids, log.list.calls) == ([published.id], [])


async def test_filling_interrupted_by_a_crash_is_done_again(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    log = Log(gateway, *[event() for _ in range(300)])
    function = gateway.deploy("a", topic="post.*")
    async with connecting(rabbit.url, gateway) as first:
        await until(lambda: log.list.calls)
        log.down = True
        await until(lambda: first.consumers["a"].bound)
    assert await amqp.names("fn.a", "fn.a.filling") == ["fn.a", "fn.a.filling"]
    log.down = False
    async with connecting(rabbit.url, gateway):
        await until(lambda: set(function.ids) == {stored.id for stored in log.events})
        await until(lambda: _gone(amqp, "fn.a.filling"))


async def test_filling_waits_for_what_is_still_on_its_way_to_the_store(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp
) -> None:
    """Published before the queue was there, stored after the filling had begun."""
    log = Log(gateway)
    log.slow = 0.05
    sent = [event() for _ in range(60)]
    await amqp.publish(*sent)
    async with connecting(rabbit.url, gateway) as connector:
        await until(lambda: len(log.events) >= 2)
        function = gateway.deploy("a", topic="post.*")
        await until(lambda: connector.consumers.get("a"))
        await until(lambda: set(function.ids) >= {e.id for e in sent})
        await until(lambda: _gone(amqp, "fn.a.filling"))


async def test_filling_waits_for_the_event_store(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    log = Log(gateway, event())
    log.down = True
    function = gateway.deploy("a", topic="post.*")
    await ready(connector, 2)
    published = event()
    await amqp.publish(published)
    await until(lambda: function.calls)
    log.down = False
    await until(lambda: len(set(function.ids)) == 2)


async def test_topic_that_event_list_does_not_know_is_filled_all_the_same(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    log = Log(gateway, event("Microsoft.Storage/BlobCreated"), event(), event("like.added"))
    function = gateway.deploy("a", topic="Microsoft.Storage/*, Microsoft.*, post.*")
    await until(lambda: len(set(function.ids)) == 2)
    assert set(function.ids) == {stored.id for stored in log.events[:2]}
    await until(lambda: _gone(amqp, "fn.a.filling"))
    await until(lambda: connector.health().filling == [])


async def test_what_is_not_filled_yet_is_told(
    gateway: Gateway, connector: Connector, capfd: pytest.CaptureFixture[str]
) -> None:
    log = Log(gateway, event())
    log.down = True
    gateway.deploy("a", topic="post.*")
    await ready(connector, 2)
    await until(lambda: connector.health().filling == ["a"])
    assert b'fanfold_connector_filling{function="a"} 1' in await page(connector)
    told = ""

    def warned() -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return "event-list answered 503: the log is away" in told

    await until(warned)
    log.down = False
    await until(lambda: connector.health().filling == [])
    assert b'fanfold_connector_filling{function="a"} 0' in await page(connector)


async def _gone(amqp: Amqp, queue: str) -> bool:
    return not await amqp.names(queue)
