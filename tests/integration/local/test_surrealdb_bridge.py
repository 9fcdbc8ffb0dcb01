import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from surrealdb import AsyncSurreal
from surrealdb.errors import SurrealError

from tests.conftest import Installation

WRITERS = 8
INCREMENTS = 40


class Bridge:
    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)

    def client(self) -> Any:
        return AsyncSurreal(f"ws://{self.parts.hostname}:{self.parts.port}")

    @asynccontextmanager
    async def session(self, database: str = "bridge_test") -> AsyncIterator[Any]:
        client = self.client()
        await client.connect()
        try:
            user, password = self.parts.username, self.parts.password
            await client.signin({"username": user, "password": password})
            await client.use("fanfold_test", database)
            yield client
        finally:
            await client.close()


@pytest.fixture
async def bridge(installation: Installation) -> AsyncIterator[Bridge]:
    bridge = Bridge(installation.admin["surreal"])
    yield bridge
    async with bridge.session() as client:
        await client.query("REMOVE NAMESPACE IF EXISTS fanfold_test")


async def test_bridge_refuses_everything_before_signin(bridge: Bridge) -> None:
    client = bridge.client()
    await client.connect()

    with pytest.raises(SurrealError, match="sign in before query"):
        await client.query("RETURN 1")
    with pytest.raises(SurrealError, match="sign in before use"):
        await client.use("fanfold", "like")
    with pytest.raises(SurrealError, match="the user or the password is wrong"):
        await client.signin({"username": "fanfold", "password": "guess"})
    with pytest.raises(SurrealError, match="the token is not one this server issued"):
        await client.authenticate("a.b.c")
    await client.close()


async def test_bridge_takes_its_own_token(bridge: Bridge) -> None:
    async with bridge.session() as first:
        token = first.token
    client = bridge.client()
    await client.connect()

    await client.authenticate(token)
    await client.use("fanfold_test", "bridge_test")

    assert await client.query("RETURN 7") == 7
    await client.close()


async def test_bridge_changes_no_value_on_its_way(bridge: Bridge) -> None:
    value = {"float": 1.0, "int": 1, "big": 2**60, "text": "ümlaut", "list": [1.5, None, True]}

    async with bridge.session() as client:
        returned = await client.query("RETURN $value", {"value": value})

    assert returned == value
    assert type(returned["float"]) is float


async def test_bridge_tells_every_statement_apart(bridge: Bridge) -> None:
    async with bridge.session() as client:
        answer = await client.query_raw("BEGIN; CREATE kept:1; THROW 'no'; COMMIT;")
        statuses = [statement["status"] for statement in answer["result"]]
        rows = await client.query("DEFINE TABLE IF NOT EXISTS kept; SELECT * FROM kept")

    assert "ERR" in statuses
    assert not rows


async def test_bridge_loses_no_concurrent_write(bridge: Bridge) -> None:
    async with bridge.session() as client:
        await client.query("DEFINE TABLE IF NOT EXISTS counter; UPSERT counter:1 SET n = 0")

    async def write() -> None:
        async with bridge.session() as client:
            for _ in range(INCREMENTS):
                await client.query("UPDATE counter:1 SET n += 1")

    await asyncio.gather(*(write() for _ in range(WRITERS)))

    async with bridge.session() as client:
        assert await client.query("SELECT VALUE n FROM ONLY counter:1") == WRITERS * INCREMENTS


async def test_bridge_keeps_sessions_apart(bridge: Bridge) -> None:
    async with bridge.session("one") as one, bridge.session("two") as two:
        await one.query("DEFINE TABLE IF NOT EXISTS note; CREATE note:1 SET at = 'one'")
        await two.query("DEFINE TABLE IF NOT EXISTS note")

        assert await two.query("SELECT * FROM note") == []
        assert await one.query("SELECT VALUE at FROM note") == ["one"]


async def test_bridge_sends_live_changes(bridge: Bridge) -> None:
    async with bridge.session() as client:
        await client.query("DEFINE TABLE IF NOT EXISTS live_note")
        query = await client.live("live_note")
        changes = await client.subscribe_live(query)
        await client.query("CREATE live_note:1 SET at = 'now'")

        change = await asyncio.wait_for(anext(changes), 5)

    assert change["at"] == "now"


async def test_bridge_sends_nothing_to_who_did_not_sign_in(bridge: Bridge) -> None:
    stranger = bridge.client()
    await stranger.connect()
    heard: list[object] = []

    async def listen() -> None:
        heard.extend([message async for message in stranger.socket])

    stranger.recv_task.cancel()
    listening = asyncio.create_task(listen())
    async with bridge.session() as client:
        await client.query("DEFINE TABLE IF NOT EXISTS live_note")
        changes = await client.subscribe_live(await client.live("live_note"))
        await client.query("CREATE live_note:2 SET at = 'now'")
        await asyncio.wait_for(anext(changes), 5)
    await stranger.close()
    await listening

    assert heard == []
