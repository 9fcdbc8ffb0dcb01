"""What an operator sees of a connector."""

import asyncio
import re

import aiohttp
import pytest
from aiohttp import web

from event_connector.connector import Connector
from event_connector.operation import alarms, exposition, health
from tests.integration.event_connector.conftest import (
    Amqp,
    connecting,
    event,
    ready,
    until,
)
from tests.integration.event_connector.gateway import Call, Gateway, in_turn, say
from tests.integration.event_connector.rabbitmq import RabbitMQ

DEAD = "fn.event-dead-letter-store"


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "EVERY", 0.1)


async def numbers(connector: Connector) -> dict[str, float]:
    page = (await exposition.page(connector)).decode()
    found = re.findall(r"^fanfold_connector_(\S+) (\S+)$", page, re.MULTILINE)
    return {name: float(value) for name, value in found}


async def test_metrics_tell_what_became_of_every_event(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    gateway.deploy("a", in_turn(say(500), say(400), say()), topic="post.*", start="now")
    gateway.deploy("a-relay", every="100ms")
    await ready(connector, 1)
    await amqp.publish(*[event() for _ in range(6)])

    async def settled() -> bool:
        now = await numbers(connector)
        return (
            now.get('queue_messages{function="a",queue="fn.a"}') == 0
            and connector.leading.leads
        )

    await until(settled)
    await until(lambda: len(gateway.functions["a-relay"].calls) > 1)
    now = await numbers(connector)
    assert now['invocation_seconds_count{function="a",outcome="retry"}'] == 1
    assert now['invocation_seconds_count{function="a",outcome="dead"}'] == 1
    assert now['invocation_seconds_count{function="a",outcome="done"}'] >= 4
    assert now['ticks_total{function="a-relay",outcome="ok"}'] >= 1
    gauges = ("consumer_bound", "concurrency", "circuit_open", "in_flight")
    assert [now[f'{name}{{function="a"}}'] for name in gauges] == [1, 4, 0, 0]
    assert [now[name] for name in ("broker_up", "gateway_up", "leads")] == [1, 1, 1]


async def test_lag_counts_what_is_in_hand_and_what_waits(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    free = asyncio.Event()

    async def slow(_: Call) -> web.Response:
        await free.wait()
        return web.Response(status=204)

    function = gateway.deploy("a", slow, topic="post.*", start="now", prefetch="5")
    await ready(connector, 1)
    await amqp.publish(*[event() for _ in range(12)])
    await until(lambda: function.running == 4)
    now = await numbers(connector)
    free.set()
    assert now['in_flight{function="a"}'] == 4
    assert now['queue_messages{function="a",queue="fn.a"}'] >= 7


async def test_function_that_fails_as_a_whole_costs_no_attempts(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", say(500), topic="post.*", start="now", retry_attempts="2")
    well = gateway.deploy("b", topic="post.*", start="now")
    await ready(connector, 2)
    sent = [event() for _ in range(100)]
    await amqp.publish(*sent)
    await until(lambda: connector.health().circuits == ["a"])
    await until(lambda: len(well.calls) == 100)
    assert connector.health().ready
    assert (await numbers(connector))['circuit_open{function="a"}'] == 1
    await asyncio.sleep(3)
    assert len(function.calls) < 25
    function.answer = say()
    await until(lambda: set(function.ids) == {e.id for e in sent}, within=40)
    await until(lambda: connector.health().circuits == [])
    assert await amqp.depth(DEAD) == 0


async def test_events_nobody_consumes_are_told_of(
    connector: Connector, amqp: Amqp, capfd: pytest.CaptureFixture[str]
) -> None:
    await amqp.raw(b"?", key="fn.nobody", exchange="events.return")
    await until(lambda: connector.health().stranded == {"events.orphaned": 1})
    assert (await numbers(connector))['stranded_messages{queue="events.orphaned"}'] == 1
    await amqp.channel.queue_purge("events.orphaned")
    await until(lambda: connector.health().stranded == {})
    told = capfd.readouterr().err
    assert told.count('"queue":"events.orphaned","events":1') == 1
    assert told.count("no event waits there any more") == 1


async def test_queue_of_a_removed_function_is_told_of_by_whoever_leads_next(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, capfd: pytest.CaptureFixture[str]
) -> None:
    gateway.deploy("a", topic="post.*", start="now")
    async with connecting(rabbit.url, gateway) as first:
        await ready(first, 1)
        await until(lambda: first.leading.memory.functions == ("a",))
        gateway.functions["a"].listed = False
        await until(lambda: not first.consumers)
        await amqp.publish(event(), event())
        await until(lambda: first.health().stranded == {"fn.a": 2})
        assert first.health().ready
    assert "event_connector drain fn.a --why" in capfd.readouterr().err
    async with connecting(rabbit.url, gateway) as second:
        await until(lambda: second.health().stranded == {"fn.a": 2})
        gateway.functions["a"].listed = True
        await until(lambda: second.health().stranded == {})
        await until(lambda: len(gateway.functions["a"].calls) == 2)
        gateway.functions["a"].listed = False
        await until(lambda: not second.consumers)
        await amqp.channel.queue_delete("fn.a")
        await until(lambda: second.leading.memory.functions == ())


async def test_probes_tell_life_from_readiness(gateway: Gateway, connector: Connector) -> None:
    async def page() -> bytes:
        return b""

    site = await health.serve("127.0.0.1", 0, connector.health, page)
    url = f"http://127.0.0.1:{site.addresses[0][1]}"

    async def statuses() -> dict[str, int]:
        found = {}
        for path in ("/livez", "/readyz", "/healthz"):
            async with aiohttp.request("GET", url + path) as answer:
                found[path] = answer.status
        return found

    await ready(connector, 0)
    assert await statuses() == {"/livez": 200, "/readyz": 200, "/healthz": 200}
    await gateway.stop()
    await until(lambda: not connector.health().ready)
    assert await statuses() == {"/livez": 200, "/readyz": 503, "/healthz": 503}
    await site.cleanup()
