"""Under load no server has more connections than its functions' replicas may open."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from threading import Event
from urllib.parse import unquote, urlsplit

import aiomysql
import asyncpg
import pytest
from pymongo import MongoClient

from tests.architecture.test_budget import OPENED, asked
from tests.conftest import Installation
from tests.e2e.client import Fanfold
from tests.faults.test_databases import Life

CALLERS = 8
CALLS = 1500


async def on_postgres(installation: Installation) -> int:
    connection = await asyncpg.connect(installation.admin["postgres"])
    found: int = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fanfold'"
        " AND usename IN ('post', 'event')"
    )
    await connection.close()
    return found


async def on_mysql(installation: Installation) -> int:
    parts = urlsplit(installation.admin["mysql"])
    connection = await aiomysql.connect(
        host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )
    async with connection.cursor() as cursor:
        await cursor.execute(
            "SELECT count(*) FROM information_schema.processlist WHERE user = 'comment'"
        )
        [found] = await cursor.fetchone()
    connection.close()
    return int(found)


async def on_mongo(installation: Installation) -> int:
    with MongoClient[dict[str, object]](installation.admin["mongo"]) as client:
        everything = {"$currentOp": {"allUsers": True, "idleConnections": True}}
        rows = client.admin.aggregate([everything])
        return sum(1 for row in rows if row.get("appName") == "fanfold")


async def counted(installation: Installation) -> dict[str, int]:
    return {
        "postgres": await on_postgres(installation),
        "mysql": await on_mysql(installation),
        "mongo": await on_mongo(installation),
    }


def replicas(fanfold: Fanfold) -> Counter[str]:
    functions = fanfold.http.get("/system/functions", auth=fanfold.operator).json()
    return Counter({function["name"]: function["replicas"] for function in functions})


def open_at_most(fanfold: Fanfold, most: Counter[str]) -> Counter[str]:
    """Add up what so many replicas may open on each server."""
    functions = fanfold.http.get("/system/functions", auth=fanfold.operator).json()
    total: Counter[str] = Counter()
    for function in functions:
        for secret in OPENED.keys() & set(function.get("secrets") or ()):
            server, connections = OPENED[secret]
            total[server] += most[function["name"]] * connections
    return total


@pytest.fixture
def life(fanfold: Fanfold) -> Life:
    member = fanfold.sign_up("Busy")
    post = fanfold.write_post(member, "Everybody reads this")["id"]
    return Life(fanfold, fanfold.sign_up("Chief", role="admin"), member, post)


def test_connections_under_load_keep_to_the_budget(
    life: Life, installation: Installation
) -> None:
    calls = list(life.calls().values())
    done = Event()
    peak: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def look() -> None:
        while not done.is_set():
            most.update(replicas(life.fanfold) - most)
            peak.update(Counter(asyncio.run(counted(installation))) - peak)

    with ThreadPoolExecutor(CALLERS + 1) as pool:
        looking = pool.submit(look)
        load = [pool.submit(call) for call, _ in zip(cycle(calls), range(CALLS), strict=False)]
        statuses = Counter(answer.result().status_code for answer in load)
        done.set()
        looking.result()

    budget, allowed = asked(), open_at_most(life.fanfold, most)
    # A machine that is busy with something else may make one wait too long for a connection.
    assert statuses[503] <= CALLS // 100, statuses
    assert statuses[200] + statuses[201] + statuses[503] == CALLS, statuses
    for server in peak:
        assert 0 < peak[server] <= allowed[server] <= budget[server], (server, peak, allowed)
