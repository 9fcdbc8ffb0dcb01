"""The log holds each event once, without a gap, in the order of its commits."""

import asyncio
import contextlib
import random

import pytest

from functions.event.operations import by_aggregate, migrate
from functions.event.operations import list as listing
from functions.event.operations import store as storing
from functions.event.store import Store, projections
from shared.errors import Unavailable
from shared.events import Event
from shared.testing import NOW, admin, member, service, visitor
from tests.integration.event.examples import happened
from tests.integration.service import Service

KILL = """
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM (
        SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() LIMIT 1) AS one
"""


async def sequences(event: Service[Store]) -> list[int]:
    rows = await event.store.database.fetch("SELECT sequence FROM events ORDER BY sequence")
    return [row["sequence"] for row in rows]


async def test_store_keeps_an_event_as_it_came(event: Service[Store]) -> None:
    sent = happened(
        data={"title": "NUL \0 and \N{GRINNING FACE}", "nested": [1, None, {"a": True}]},
        correlationid="call-1",
        causationid="cause-1",
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    answer = await event.tell(storing, sent)
    assert (answer.status, answer.body) == (204, b"")
    page = (await event.call(listing, by=service())).json()
    [item] = page["items"]
    recorded = item.pop("recorded_at")
    assert recorded > "2026"
    assert page["next"] is None
    assert item == {
        "sequence": 1,
        "id": sent.id,
        "type": "post.created",
        "source": "/fanfold/post",
        "subject": sent.subject,
        "revision": 1,
        "time": "2026-03-04T05:06:07Z",
        "dataschema": "proto:fanfold.post.v1.PostCreated",
        "correlationid": "call-1",
        "causationid": "cause-1",
        "traceparent": sent.traceparent,
        "data": sent.data,
    }


async def test_store_keeps_a_repeated_event_once(event: Service[Store]) -> None:
    sent = happened()
    answers = [await event.tell(storing, sent) for _ in range(3)]
    assert [answer.status for answer in answers] == [204, 204, 204]
    assert await sequences(event) == [1]


async def test_store_keeps_events_without_revision_by_id_alone(event: Service[Store]) -> None:
    first, second = (happened("media.uploaded", subject="media/1", revision=None) for _ in "ab")
    await event.store.append([first])
    await event.store.append([second, first])
    assert await sequences(event) == [1, 2]


async def test_store_keeps_a_clash_apart_and_says_so_once(
    event: Service[Store], capfd: pytest.CaptureFixture[str]
) -> None:
    kept = happened(subject="post/1", revision=3)
    clash = happened(subject="post/1", revision=3)
    for sent in (kept, clash, clash):
        assert (await event.tell(storing, sent)).status == 204
    rows = await event.store.database.fetch(
        "SELECT id, subject, revision, kept_id, envelope FROM event_conflicts"
    )
    assert rows == [
        {
            "id": clash.id,
            "subject": "post/1",
            "revision": 3,
            "kept_id": kept.id,
            "envelope": clash.encode().decode(),
        }
    ]
    assert await sequences(event) == [1]
    assert capfd.readouterr().err.count("event kept apart") == 1


async def test_append_takes_batches(event: Service[Store]) -> None:
    first, second, third = (happened() for _ in range(3))
    twin = happened(subject=second.subject)
    await event.store.append([first])
    batch = await event.store.append([first, second, second, twin, third])
    assert [e.id for e in batch.fresh] == [second.id, third.id]
    assert [e.id for e in batch.repeated] == [first.id, second.id]
    assert [(c.event.id, c.kept) for c in batch.clashing] == [(twin.id, second.id)]
    assert await sequences(event) == [1, 2, 3]


async def test_known_events_are_looked_up_in_their_indexes(event: Service[Store]) -> None:
    database = event.store.database
    keys = "INSERT INTO event_keys SELECT n, n, 'post/' || n, 1 FROM generate_series(1, 5000) n"
    await database.execute(keys)
    await database.execute("ANALYZE event_keys")
    ids = [str(number) for number in range(200)]
    subjects, revisions = [f"post/{number}" for number in range(200)], [1] * 200
    plan = await database.fetch(f"EXPLAIN {projections.KNOWN}", ids, subjects, revisions)
    assert "Seq Scan on event_keys" not in "\n".join(row["QUERY PLAN"] for row in plan)


async def test_append_leaves_no_gap_under_concurrency_repeats_and_rollbacks(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    events = [happened() for _ in range(120)]
    keep, dice = projections._append, random.Random(7)

    async def sometimes(*arguments: object) -> None:
        await keep(*arguments)  # type: ignore[arg-type] # handed on as they came
        if dice.random() < 0.2:
            raise ConnectionError("lost before the commit")

    monkeypatch.setattr(projections, "_append", sometimes)

    async def stubborn(batch: list[int]) -> None:
        while True:
            try:
                await event.store.append([events[i] for i in batch])
            except (ConnectionError, Unavailable):
                continue
            return

    batches = [[dice.randrange(120) for _ in range(3)] for _ in range(150)]
    batches += [[i] for i in range(120)]
    await asyncio.gather(*(stubborn(batch) for batch in batches))
    assert await sequences(event) == list(range(1, 121))
    keys = await event.store.database.fetch(
        "SELECT sequence, id FROM event_keys INTERSECT SELECT sequence, id FROM events"
    )
    assert {row["id"] for row in keys} == {e.id for e in events}


async def test_append_leaves_no_gap_when_connections_die(event: Service[Store]) -> None:
    """Sessions are killed in the middle of it, as by a crash of the function or the server."""
    database = event.store.database
    await database.execute("UPDATE event_log SET partition_rows = 10")
    events = [happened() for _ in range(200)]

    async def stubborn(batch: list[Event]) -> None:
        while True:
            try:
                await event.store.append(batch)
            except Unavailable:
                continue
            return

    async def kill() -> int:
        killed = 0
        for _ in range(12):
            with contextlib.suppress(Unavailable):
                killed += await database.fetchval(KILL)
        return killed

    batches = [events[first : first + 7] for first in range(0, 200, 5)]  # they overlap
    killing = asyncio.create_task(kill())
    await asyncio.gather(*map(stubborn, batches))
    assert await killing > 3
    assert await sequences(event) == list(range(1, 201))
    rows = await database.fetch("SELECT id FROM event_keys JOIN events USING (sequence, id)")
    assert {row["id"] for row in rows} == {one.id for one in events}


async def test_append_makes_partitions_as_the_log_grows(event: Service[Store]) -> None:
    database = event.store.database
    await database.execute("UPDATE event_log SET last = 1999990, partition_rows = 10")
    for size in (9, 1, 3, 10, 10):
        await event.store.append([happened() for _ in range(size)])
    rows = await database.fetch(
        "SELECT tableoid::regclass::text AS part, count(*) FROM events GROUP BY 1"
    )
    assert {row["part"]: row["count"] for row in rows} == {
        "events_from_1000001": 10,
        "events_from_2000001": 10,
        "events_from_2000011": 10,
        "events_from_2000021": 3,
    }
    assert await sequences(event) == list(range(1_999_991, 2_000_024))


async def test_list_pages_in_both_directions(event: Service[Store]) -> None:
    await event.store.append([happened() for _ in range(5)])

    async def walk(**query: str | int) -> list[list[int]]:
        pages: list[list[int]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await event.call(listing, by=admin("a"), query={**query, **cursor})
            page = answer.json()
            pages.append([item["sequence"] for item in page["items"]])
            if page["next"] is None:
                return pages
            cursor = {"cursor": page["next"]}

    assert await walk(limit=2) == [[1, 2], [3, 4], [5]]
    assert await walk(limit=2, after=2) == [[3, 4], [5]]
    assert await walk(limit=2, order="desc") == [[5, 4], [3, 2], [1]]
    assert await walk(limit=5) == [[1, 2, 3, 4, 5]]


async def test_list_selects_by_topics(event: Service[Store]) -> None:
    kinds = ["post.created", "post.deleted", "like.added", "user.updated", "postx.created"]
    await event.store.append([happened(kind) for kind in kinds])

    async def of(topics: str) -> list[str]:
        page = await event.call(listing, by=service(), query={"type": topics})
        return [item["type"] for item in page.json()["items"]]

    assert await of("post.created") == ["post.created"]
    assert await of("post.created,user.updated") == ["post.created", "user.updated"]
    assert await of("post.*,like.added") == ["post.created", "post.deleted", "like.added"]
    assert await of("*.created") == ["post.created", "postx.created"]
    assert await of("#") == kinds
    assert await of("") == kinds
    refused = await event.call(listing, by=service(), query={"type": "post.(created"})
    assert (refused.status, refused.json()["detail"]) == (
        400,
        "type must be topics like post.created or like.*, got 'post.(created'",
    )


async def test_by_aggregate_tells_one_history_in_order(event: Service[Store]) -> None:
    mine = [happened(subject="post/1", revision=n) for n in (1, 2, 3)]
    # Deliveries overtake each other; the history is told in the order in which it happened.
    await event.store.append([mine[2], happened(), mine[0], mine[1]])
    query: dict[str, str | int] = {"aggregate": "post/1", "limit": 2}
    first = (await event.call(by_aggregate, by=admin("a"), query=query)).json()
    rest = (
        await event.call(by_aggregate, by=admin("a"), query={**query, "cursor": first["next"]})
    ).json()
    found = [item["id"] for item in first["items"] + rest["items"]]
    assert (found, rest["next"]) == ([e.id for e in mine], None)


async def test_events_are_for_administrators_and_services(event: Service[Store]) -> None:
    for caller, status in [(visitor(), 401), (member("m"), 403), (admin("a"), 200)]:
        assert (await event.call(listing, by=caller)).status == status
    assert (await event.tell(storing, happened(time=NOW))).status == 204


async def test_migrate_is_for_services_and_repeatable(event: Service[Store]) -> None:
    assert (await event.call(migrate, by=admin("a"))).status == 403
    answer = await event.call(migrate, by=service())
    assert (answer.status, answer.json()) == (200, {"applied": []})
