"""A big log: what is asked of it reads what it gives, and not all that lies between."""

from collections.abc import Awaitable
from typing import Any, TypeVar

import msgspec
import pytest

from functions.event.model import BEYOND, Slice, StoredEvent, Topics
from functions.event.store import Store, counts
from tests.integration.service import Service

T = TypeVar("T")

COUNT = 60_000
PART = 20_000
RARE = (5, 30_000, COUNT)
# A page of events, and the way to it in every partition's index. All of the log has thousands.
FEW = 200
FILL = """
    INSERT INTO events (sequence, id, type, source, subject, revision, time, dataschema,
                        correlationid, causationid, traceparent, data, recorded_at)
    SELECT place, 'id-' || place,
           CASE WHEN place = ANY($2::bigint[]) THEN 'media.uploaded'
                WHEN place % 3 = 0 THEN 'like.added' ELSE 'post.created' END,
           '/fanfold/x', 'post/' || place % 1000, place, now(), '', '', '', '',
           json_build_object('text', repeat('x', 200)), now()
    FROM generate_series($1::bigint, $3::bigint) AS place
"""


async def slowly(event: Service[Store], sql: str, *args: object) -> None:
    """Run a statement that may take longer than a function's."""
    connection = await event.store.database._pool.alone()
    try:
        await connection.execute("SET statement_timeout = 0")
        await connection.execute(sql, *args, timeout=120)
    finally:
        await connection.close()


@pytest.fixture
async def big(event: Service[Store]) -> Service[Store]:
    """Many events of two types, three of a rare one, in several partitions."""
    database = event.store.database
    await database.execute("UPDATE event_log SET partition_rows = $1, capacity = 0", PART)
    for row in await database.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent = 'events'::regclass"
    ):
        await database.execute(f"DROP TABLE {row['name']}")
    for first in range(1, COUNT + 1, PART):
        await database.execute("SELECT extend_event_log()")
        await slowly(event, FILL, first, list(RARE), first + PART - 1)
    await database.execute("SELECT extend_event_log()")
    await database.execute("UPDATE event_log SET last = $1", COUNT)
    await slowly(
        event, "INSERT INTO event_tallies SELECT type, count(*) FROM events GROUP BY type"
    )
    await slowly(event, "ANALYZE events")
    return event


def touched(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def blocks(
    event: Service[Store], work: Awaitable[T], monkeypatch: pytest.MonkeyPatch
) -> tuple[T, int]:
    """Do some work, and tell how many blocks the server looks at for its reads."""
    database, seen = event.store.database, 0
    plain = type(database)._run

    async def explained(self: Any, call: str, sql: str, *args: object) -> Any:
        nonlocal seen
        text = await plain(
            self, "fetchval", f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *args
        )
        seen += touched(msgspec.json.decode(text)[0]["Plan"])
        return await plain(self, call, sql, *args)

    with monkeypatch.context() as patch:
        patch.setattr(type(database), "_run", explained)
        return await work, seen


def places(events: list[StoredEvent]) -> list[int]:
    return [event.sequence for event in events]


@pytest.mark.parametrize("kind", ["media.*", "media.uploaded", "media.#,user.*"])
async def test_rare_type_is_found_without_a_walk_through_the_log(
    big: Service[Store], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Slice(topics=Topics.parse(kind))
    (found, place), seen = await blocks(big, big.store.following(part, 0, 100), monkeypatch)
    assert (places(found), place) == (list(RARE), COUNT)
    assert seen < FEW
    rest = big.store.following(part, 5, 100)
    (found, place), seen = await blocks(big, rest, monkeypatch)
    assert (places(found), place, seen < FEW) == ([*RARE[1:]], COUNT, True)
    page, seen = await blocks(big, big.store.page(part, None, 2, newest=True), monkeypatch)
    assert (places(list(page.items)), seen < FEW) == ([COUNT, 30_000], True)
    between = big.store.between(part, 5, COUNT, 100)
    events, seen = await blocks(big, between, monkeypatch)
    assert (places(events), seen < FEW) == ([30_000], True)


async def test_types_among_others_come_in_the_order_of_the_log(
    big: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Slice(topics=Topics.parse("media.*,like.*"))
    following = big.store.following(part, PART - 10, 7)
    (found, place), seen = await blocks(big, following, monkeypatch)
    assert places(found) == [19_992, 19_995, 19_998, 20_001, 20_004, 20_007, 20_010]
    assert (place, seen < FEW) == (20_010, True)
    (found, _), seen = await blocks(big, big.store.following(Slice(), PART - 1, 2), monkeypatch)
    assert (places(found), seen < FEW) == ([20_000, 20_001], True)


async def test_wildcard_that_meets_no_type_gives_nothing(big: Service[Store]) -> None:
    part = Slice(topics=Topics.parse("comment.*"))
    assert await big.store.following(part, 7, 100) == ([], COUNT)
    assert (await big.store.page(part, None, 10)).items == []
    assert await big.store.between(part, 0, BEYOND, 10) == []


async def test_wildcard_is_of_one_subject_or_call_too(big: Service[Store]) -> None:
    part = Slice(topics=Topics.parse("media.*"), subject="post/5")
    found, _ = await big.store.following(part, 0, 100)
    assert places(found) == [5]


async def test_slice_is_counted_by_what_the_log_tallies(
    big: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = Topics.parse("media.*,like.added")
    counted, seen = await blocks(big, big.store.counted(Slice(topics=kinds)), monkeypatch)
    likes = sum(place % 3 == 0 for place in range(1, COUNT + 1)) - 2  # rare ones in their place
    assert (counted.total, counted.before, seen < FEW) == (likes + 3, COUNT + 1, True)
    twice = Slice(topics=Topics.parse("like.added,like.added"))
    assert (await big.store.counted(twice)).total == likes
    nothing = await big.store.counted(Slice(topics=Topics.parse("comment.*"), after=3))
    assert (nothing.total, nothing.topics) == (0, Topics(exact=()))


async def test_part_of_the_log_is_counted_step_by_step(
    big: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "STEP", 7_000)
    spans = list[tuple[object, ...]]()
    plain = type(big.store.database).fetchval

    async def counted(self: Any, sql: str, *args: object) -> Any:
        if sql.startswith(counts.COUNT):
            spans.append(args[:2])
        return await plain(self, sql, *args)

    monkeypatch.setattr(type(big.store.database), "fetchval", counted)
    monkeypatch.setattr(counts, "QUICK", -1)  # none is
    part = Slice(topics=Topics.parse("like.*"), after=10, before=50_000)
    assert (await big.store.counted(part)).total == sum(
        place % 3 == 0 and place not in RARE for place in range(11, 50_000)
    )
    assert spans[:2] == [(10, 7_011), (7_010, 14_011)]
    assert spans[-1] == (49_010, 50_000)
    monkeypatch.setattr(counts, "QUICK", 60)  # each is
    spans.clear()
    await big.store.counted(part)
    assert [span[0] for span in spans] == [10, 7_010, 21_010, 49_010]
