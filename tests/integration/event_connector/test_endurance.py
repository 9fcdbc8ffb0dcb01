"""Broker and connector are killed or stopped, and nothing is lost or left behind."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import aiormq
import pytest
from aiohttp import web

from event_connector.connector import Connector
from tests.integration.event_connector.conftest import (
    Amqp,
    connecting,
    event,
    ready,
    surroundings,
    until,
)
from tests.integration.event_connector.gateway import Call, Gateway
from tests.integration.event_connector.rabbitmq import RabbitMQ


@dataclass
class Program:
    """The connector as the program that it is."""

    process: asyncio.subprocess.Process
    url: str

    async def health(self) -> tuple[int, object]:
        """Ask for its health; (0, None) while it does not answer."""
        try:
            async with aiohttp.request("GET", f"{self.url}/healthz") as response:
                return response.status, await response.json()
        except aiohttp.ClientError:
            return 0, None

    async def ready(self) -> None:
        async def answers() -> bool:
            return (await self.health())[0] == 200

        await until(answers)


@asynccontextmanager
async def program(
    rabbit: RabbitMQ, gateway: Gateway, folder: Path, port: int | str
) -> AsyncIterator[Program]:
    """Start it, and kill it at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "event_connector",
        env=surroundings(rabbit, gateway, folder) | {"CONNECTOR_PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process, f"http://127.0.0.1:{port}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_broker_killed_and_back_every_consumer_returns(
    rabbit: RabbitMQ, gateway: Gateway, connector: Connector
) -> None:
    functions = [gateway.deploy(f"f{n}", topic="post.*", start="now") for n in range(8)]
    await ready(connector, 8)
    # RabbitMQ 3.10 writes the names of new quorum queues down twice a second: one that was
    # declared just before the kill would come back without its log and never elect a leader.
    await asyncio.sleep(1.5)
    for _ in range(2):
        before, after = [event() for _ in range(20)], [event() for _ in range(20)]
        await publish(rabbit, *before)
        rabbit.kill()
        await until(lambda: not connector.health().broker)
        assert connector.health().ready is False
        await asyncio.to_thread(rabbit.start)
        back = asyncio.get_running_loop().time()
        await ready(connector, 8)
        assert asyncio.get_running_loop().time() - back < 3
        await publish(rabbit, *after)
        wanted = {e.id for e in before + after}
        await until(lambda wanted=wanted: all(wanted <= set(f.ids) for f in functions))
    prefetch = {c.session.courier.subscription.prefetch for c in connector.consumers.values()}  # type: ignore[union-attr] # bound
    assert prefetch == {20}


async def test_broker_frozen_for_a_while_is_not_ready_and_loses_nothing(
    rabbit: RabbitMQ, gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    await amqp.publish(*(before := [event() for _ in range(20)]))
    rabbit.signal(signal.SIGSTOP)
    try:
        frozen = asyncio.get_running_loop().time()
        await until(lambda: not connector.health().ready)
        assert not connector.health().broker
        assert asyncio.get_running_loop().time() - frozen < 5
        await asyncio.sleep(frozen + 10 - asyncio.get_running_loop().time())
    finally:
        rabbit.signal(signal.SIGCONT)
    back = asyncio.get_running_loop().time()
    await until(lambda: connector.health().ready)
    assert asyncio.get_running_loop().time() - back < 2
    await publish(rabbit, *(after := [event() for _ in range(20)]))
    await until(lambda: {e.id for e in before + after} <= set(function.ids))


async def test_queue_deleted_under_the_consumer_is_declared_again(
    gateway: Gateway, connector: Connector, amqp: Amqp
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    await ready(connector, 1)
    session = connector.consumers["a"].session
    await amqp.channel.queue_delete("fn.a")
    await until(lambda: connector.consumers["a"].session not in {None, session})
    await amqp.publish(sent := event())
    await until(lambda: function.calls)
    assert function.ids == [sent.id]


@pytest.mark.parametrize("wishes", [{}, {"order": "subject"}], ids=["free", "ordered"])
async def test_stop_finishes_what_was_begun_and_repeats_nothing(
    rabbit: RabbitMQ,
    gateway: Gateway,
    amqp: Amqp,
    tmp_path: Path,
    unused_tcp_port: int,
    *,
    wishes: dict[str, Any],
) -> None:
    async def slow(_: Call) -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response(status=204)

    function = gateway.deploy("a", slow, topic="post.*", start="now", **wishes)
    sent = [event() for _ in range(30)]
    for rounds in range(1, 6):
        async with program(rabbit, gateway, tmp_path, unused_tcp_port) as running:
            await running.ready()
            if rounds == 1:
                await amqp.publish(*sent)
            enough = rounds * 6
            await until(lambda enough=enough: len(function.calls) >= enough)
            running.process.send_signal(signal.SIGTERM)
            assert await running.process.wait() == 0
    async with connecting(rabbit.url, gateway):
        await until(lambda: len(set(function.ids)) == 30)
    assert sorted(function.ids) == sorted(e.id for e in sent)
    assert await amqp.depth("fn.a") == 0


async def test_stop_does_not_wait_for_a_broker_that_is_away(
    gateway: Gateway, unused_tcp_port: int
) -> None:
    gateway.deploy("a", topic="post.*")
    async with connecting(f"amqp://127.0.0.1:{unused_tcp_port}/", gateway) as connector:
        await until(lambda: connector.consumers)
        before = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - before < 2


async def test_connector_killed_redelivers_and_loses_nothing(
    rabbit: RabbitMQ, gateway: Gateway, amqp: Amqp, tmp_path: Path, unused_tcp_port: int
) -> None:
    function = gateway.deploy("a", topic="post.*", start="now")
    sent = [event() for _ in range(300)]
    async with program(rabbit, gateway, tmp_path, unused_tcp_port) as running:
        await running.ready()
        publishing = asyncio.create_task(amqp.publish(*sent))
        await until(lambda: len(function.calls) >= 50)
        running.process.kill()
        await publishing
    async with program(rabbit, gateway, tmp_path, unused_tcp_port):
        await until(lambda: set(function.ids) == {e.id for e in sent})


async def test_health_says_what_is_bound(
    rabbit: RabbitMQ, gateway: Gateway, tmp_path: Path, unused_tcp_port: int
) -> None:
    gateway.deploy("a", topic="post.*", start="now")
    async with program(rabbit, gateway, tmp_path, unused_tcp_port) as running:
        bound = {"bound": 1, "wanted": 1, "functions": ["a"]}
        well = {
            "ready": True,
            "broker": True,
            "gateway": True,
            "consumers": bound,
            "leads": True,
            "circuits": [],
            "stranded": {},
            "stopped": {},
            "complaints": {},
            "filling": [],
        }
        await running.ready()

        async def leads() -> bool:
            return await running.health() == (200, well)

        await until(leads)
        await gateway.stop()
        alone = well | {"ready": False, "gateway": False}

        async def noticed() -> bool:
            return await running.health() == (503, alone)

        await until(noticed)


async def test_program_names_what_is_missing(
    rabbit: RabbitMQ, gateway: Gateway, tmp_path: Path
) -> None:
    async with program(rabbit, gateway, tmp_path, "http") as running:
        assert running.process.stderr
        told = (await running.process.stderr.read()).decode()
        assert await running.process.wait() == 2
    assert "CONNECTOR_PORT must be a port number, got 'http'" in told


@pytest.mark.parametrize("seed", range(3))
async def test_connection_that_is_cut_is_made_again(
    rabbit: RabbitMQ, gateway: Gateway, seed: int
) -> None:
    function = gateway.deploy(f"h{seed}", topic="post.*", start="now")
    async with connecting(rabbit.url, gateway) as connector:
        await ready(connector, 1)
        connection = await connector.broker.connection()
        await connection.close(ConnectionError("cut"))
        await until(lambda: connector.health().ready)
        await publish(rabbit, sent := event())
        await until(lambda: function.calls)
        assert function.ids == [sent.id]


async def publish(rabbit: RabbitMQ, *events: object) -> None:
    """Publish over a connection of its own, which a kill of the broker cannot have taken."""
    connection = await aiormq.connect(rabbit.url)
    await Amqp(await connection.channel(on_return_raises=True)).publish(*events)  # type: ignore[arg-type] # events
    await connection.close()
