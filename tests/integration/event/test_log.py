"""What is asked of the log: one event, slices, numbers; and events of one's own."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from functions.event.operations import get, publish, relay, stats
from functions.event.operations import list as listing
from functions.event.store import Store
from shared.cache import Cache
from shared.testing import NOW, admin, service
from tests.conftest import Installation
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service

NOWHERE = "redis://127.0.0.1:1/0"


@asynccontextmanager
async def cache(event: Service[Store], url: str) -> AsyncIterator[None]:
    event.store.cache = Cache(lambda: url)
    yield
    await event.store.cache.close()
    event.store.cache = Cache(str)


async def sequences(event: Service[Store], **query: str | int) -> list[int]:
    answer = await event.call(listing, by=admin(), query=query)
    assert answer.status == 200, answer.body
    return [item["sequence"] for item in answer.json()["items"]]


async def recorded(event: Service[Store], *minutes_ago: int) -> None:
    """Let the log have kept an event at each of these times."""
    await event.store.database.execute("ALTER TABLE events DISABLE TRIGGER USER")
    for sequence, minutes in enumerate(minutes_ago, 1):
        await event.store.append([happened()])
        await event.store.database.execute(
            "UPDATE events SET recorded_at = date_trunc('minute', now())"
            f" - interval '{minutes} minutes' WHERE sequence = $1",
            sequence,
        )


async def test_get_gives_one_event(event: Service[Store]) -> None:
    first, second = happened(), happened()
    await event.store.append([first, second])
    answer = await event.call(get, by=service(), query={"id": second.id})
    assert (answer.status, answer.json()["sequence"]) == (200, 2)
    missing = await event.call(get, by=admin(), query={"id": "nothing"})
    assert (missing.status, missing.json()["detail"]) == (404, "no event has the id nothing")


async def test_list_selects_by_what_belongs_together(event: Service[Store]) -> None:
    await event.store.append(
        [
            happened(correlationid="call-1", subject="post/1", revision=1),
            happened(correlationid="call-2", subject="post/1", revision=2),
            happened("like.added", correlationid="call-1"),
        ]
    )
    assert await sequences(event, correlation="call-1") == [1, 3]
    assert await sequences(event, subject="post/1") == [1, 2]
    assert await sequences(event, subject="post/1", order="desc") == [2, 1]
    assert await sequences(event, correlation="call-1", type="like.*") == [3]
    assert await sequences(event, after=1, before=3) == [2]


async def test_list_selects_by_the_time_of_keeping(event: Service[Store]) -> None:
    await recorded(event, 50, 40, 30, 0)
    times = [
        row["recorded_at"].isoformat()
        for row in await event.store.database.fetch(
            "SELECT recorded_at FROM events ORDER BY sequence"
        )
    ]
    assert await sequences(event, since=times[1]) == [2, 3, 4]
    assert await sequences(event, until=times[1]) == [1]
    assert await sequences(event, since=times[1], until=times[3], order="desc") == [3, 2]
    assert await sequences(event, since="2999-01-01T00:00:00Z") == []
    assert await sequences(event, until="2999-01-01T00:00:00Z") == [1, 2, 3, 4]
    naive = await event.call(listing, by=admin(), query={"since": "2026-01-01T00:00:00"})
    assert naive.status == 400


async def test_stats_tell_how_everything_stands(event: Service[Store]) -> None:
    await recorded(event, 70, 59, 1, 1)
    await event.store.append([happened("like.added", revision=None)])
    await fail(event, happened().encode(), function="like-on-post-created")
    async with cache(event, NOWHERE):
        answer = await event.call(stats, by=admin())
    found = answer.json()
    lag = found.pop("lag")
    assert lag > 0
    assert found == {
        "total": 5,
        "by_type": {"post.created": 4, "like.added": 1},
        "per_minute": [1, *[0] * 57, 2, 1],
        "conflicts": 0,
        "dead_letters": {"waiting": 1, "by_function": {"like-on-post-created": 1}},
    }


async def test_stats_of_an_empty_log(event: Service[Store]) -> None:
    async with cache(event, NOWHERE):
        found = (await event.call(stats, by=admin())).json()
    assert (found["total"], found["lag"], sum(found["per_minute"])) == (0, 0, 0)


async def test_stats_are_counted_once_in_a_while(
    event: Service[Store], installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redis.asyncio import Redis

    url = installation.secret("redis-url")
    monkeypatch.setattr(stats, "SECONDS", 60)
    async with Redis.from_url(url) as redis:
        await redis.delete("fanfold:event-stats")
        async with cache(event, url):
            totals = []
            for _ in range(2):
                totals.append((await event.call(stats, by=admin())).json()["total"])
                await event.store.append([happened()])
            assert totals == [0, 0]
            assert 50 < await redis.ttl("fanfold:event-stats") <= 60
            await redis.delete("fanfold:event-stats")
            assert (await event.call(stats, by=admin())).json()["total"] == 2
        await redis.delete("fanfold:event-stats")


async def test_stats_do_not_wait_for_a_cache_that_hangs(event: Service[Store]) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
    url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
    with silent:
        async with cache(event, url):
            answer = await event.call(stats, by=admin())
    assert answer.status == 200


async def test_publish_lets_an_event_happen(event: Service[Store]) -> None:
    wanted = {"type": "custom.sale.begun", "subject": "sale/1", "data": {"price": 3}}
    told = {**wanted, "why": "a sale"}
    answer = await event.call(publish, by=admin("ada"), json=told)
    assert answer.status == 202
    made = answer.json()
    assert {name: made[name] for name in wanted} == wanted
    [sent] = event.broker.published
    assert (sent.id, sent.type, sent.subject, sent.data) == (made["id"], *wanted.values())
    rows = await event.store.database.fetch(
        "SELECT at, caller, action, target, why FROM actions"
    )
    assert [tuple(row.values()) for row in rows] == [
        (NOW, "ada", "event published", sent.id, "a sale")
    ]


async def test_publish_is_for_custom_types_alone(event: Service[Store]) -> None:
    for kind in (
        "post.created",
        "custom",
        "custom.",
        "custom.Sale",
        "customs.sale",
        "custom.*",
    ):
        body: dict[str, Any] = {"type": kind, "subject": "sale/1", "data": {}}
        assert (await event.call(publish, by=admin(), json=body)).status == 400, kind
    assert event.broker.published == []


async def test_what_is_published_while_the_broker_is_away_goes_later(
    event: Service[Store],
) -> None:
    event.broker.down = True
    body: dict[str, Any] = {"type": "custom.sale", "subject": "sale/1", "data": {}}
    assert (await event.call(publish, by=admin(), json=body)).status == 202
    event.broker.down = False
    await event.store.database.execute(
        "UPDATE outbox SET created_at = created_at - interval '1 minute'"
    )
    await event.store.database.execute("UPDATE leases SET until = now() - interval '1 minute'")
    answer = await event.call(relay, by=service())
    assert answer.json() == {"published": 1, "due": 0}
    assert [sent.type for sent in event.broker.published] == ["custom.sale"]
