"""Under load functions are updated, scaled, renewed and put to sleep, and no call is lost.

Calls are POSTs, which the gateway never sends twice: one that meets a process that is going
away would be seen.
"""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.integration.gateway.running import Gateway, until

CALLERS = 16
SECONDS = 15


class Load:
    """Calls without a pause over connections that are kept; counts what came."""

    def __init__(self, gateway: Gateway, name: str, path: str) -> None:
        self.url = f"{gateway.url}/function/{name}{path}"
        self.done = False
        self.goal = 0
        self.reached = asyncio.Event()
        self.met: Counter[int | str] = Counter()
        self.bodies: Counter[bytes] = Counter()

    async def call(self, session: aiohttp.ClientSession) -> None:
        while not self.done:
            try:
                async with session.post(self.url, data=b"x") as answer:
                    self.bodies[await answer.read()] += 1
                    self.met[answer.status] += 1
            except (aiohttp.ClientError, OSError) as error:
                self.met[type(error).__name__] += 1
                await asyncio.sleep(0.01)  # whoever is refused asks again, not at once
            if self.met.total() >= self.goal:
                self.reached.set()

    async def more(self, calls: int) -> None:
        """Let so many more calls come to their end."""
        self.goal = self.met.total() + calls
        self.reached.clear()
        await asyncio.wait_for(self.reached.wait(), 20)


@contextlib.asynccontextmanager
async def load(gateway: Gateway, name: str, path: str = "/hello") -> AsyncIterator[Load]:
    found = Load(gateway, name, path)
    limit = aiohttp.TCPConnector(limit=CALLERS)
    patience = aiohttp.ClientTimeout(total=SECONDS)
    async with aiohttp.ClientSession(connector=limit, timeout=patience) as session:
        callers = [asyncio.create_task(found.call(session)) for _ in range(CALLERS)]
        try:
            yield found
        finally:
            found.done = True
            await asyncio.gather(*callers)


class Control:
    """The gateway's API, asked beside the load."""

    def __init__(self, gateway: Gateway, name: str) -> None:
        self.gateway = gateway
        self.name = name

    async def deploy(self, version: int, **members: Any) -> None:
        variables = {"VERSION": str(version)}
        await asyncio.to_thread(self.gateway.deploy, self.name, envVars=variables, **members)

    async def scale(self, replicas: int) -> None:
        path = f"scale-function/{self.name}"
        reply = await asyncio.to_thread(
            self.gateway.system, "POST", path, {"replicas": replicas}
        )
        assert reply.status == 202

    async def available(self, replicas: int) -> None:
        await asyncio.to_thread(self.gateway.until_available, self.name, replicas)


@pytest.fixture
def control(gateway: Gateway, request: pytest.FixtureRequest) -> Control:
    name = f"lost-{request.function.__name__.rsplit('_', 1)[-1]}"
    gateway.deployed(name, labels={"com.openfaas.scale.max": "4"})
    return Control(gateway, name)


async def test_no_call_is_lost_by_an_update(gateway: Gateway, control: Control) -> None:
    async with load(gateway, control.name) as found:
        for version in range(6):
            await control.deploy(version)
            await found.more(200)
    assert set(found.met) == {200}


async def test_no_call_is_lost_while_replicas_come_and_go(
    gateway: Gateway, control: Control
) -> None:
    async with load(gateway, control.name) as found:
        for replicas in (4, 1, 3, 2, 4, 1):
            await control.scale(replicas)
            await found.more(100)
        await control.available(1)
    assert set(found.met) == {200}


async def test_no_call_is_lost_by_updates_that_do_not_start(
    gateway: Gateway, control: Control
) -> None:
    async with load(gateway, control.name) as found:
        broken = {"BROKEN": "x"}
        await asyncio.to_thread(gateway.deploy, control.name, envVars=broken)
        await found.more(300)
        await control.deploy(2)
        await found.more(300)
    assert set(found.met) == {200}


async def test_no_call_is_lost_by_falling_asleep(gateway: Gateway, control: Control) -> None:
    """A call wakes the function, whether it comes before, while or after it goes."""
    async with load(gateway, control.name) as found:
        for _ in range(8):
            await control.scale(0)
            await found.more(50)
    assert set(found.met) == {200}


async def test_slow_calls_outlive_updates_and_scaling(
    gateway: Gateway, control: Control
) -> None:
    async with load(gateway, control.name, "/slow?0.3") as found:
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            lambda: control.deploy(1),
            lambda: control.scale(3),
            lambda: control.scale(1),
            lambda: control.deploy(2),
        )
        for step in steps:
            await step()
            await found.more(16)
    assert set(found.met) == {200}
    assert set(found.bodies) == {b"slept"}


async def test_gateway_that_is_stopped_answers_what_it_began(own_gateway: Gateway) -> None:
    """Who was not answered was not served either: nobody need fear to ask again."""
    gateway = own_gateway
    gateway.deployed("stopped")
    async with load(gateway, "stopped", "/talk") as found:
        await found.more(200)
        gateway.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(gateway.wait) == 0
    gateway.start()
    served = sum(text == "x" for text in gateway.log("stopped"))
    assert found.met[200] == served
    assert set(found.met) <= {
        200,
        "ClientConnectorError",
        "ServerDisconnectedError",
        "ClientOSError",
        "ConnectionResetError",
    }


async def test_crashes_cost_only_the_calls_they_interrupt(
    gateway: Gateway, control: Control
) -> None:
    await control.scale(2)
    await control.available(2)
    crashes = 5
    async with load(gateway, control.name) as found:
        for _ in range(crashes):
            process = (await asyncio.to_thread(gateway.invoke, control.name)).json()["process"]
            os.kill(process, signal.SIGKILL)
            await found.more(100)
    # 503 while both wait to be started again: whoever falls often waits longer.
    assert set(found.met) <= {200, 502, 503}
    assert found.met[502] <= crashes * CALLERS
    until(lambda: gateway.invoke(control.name, "/hello").status == 200, "it answered again")
