"""Old events are in S3 and nowhere else, and everybody finds them as before."""

import asyncio
import gzip
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from functions.event.model import Slice, StoredEvent, Topics
from functions.event.operations import (
    actions,
    archive,
    by_aggregate,
    get,
    on_user_deleted,
    replay,
    replay_run,
)
from functions.event.operations import list as listing
from functions.event.store import Store, chunks
from proto.post.v1.events_pb2 import Author, PostCreated
from proto.user.v1.events_pb2 import UserDeleted
from shared.errors import Unavailable
from shared.events import Event
from shared.fetching import ask
from shared.history import history
from shared.objects import Bucket, Missing
from shared.testing import NOW, CannedCalls, admin, member, service, settings_of, visitor
from tests.conftest import Installation
from tests.integration.event.examples import happened
from tests.integration.service import Service
from tests.integration.service import happened as told

ROWS = 10
LATER = datetime(2100, 1, 1, tzinfo=UTC)


class Stubborn(Bucket):
    """A bucket that can be away, and that can lie."""

    away = False
    broken = ""

    async def _call(self, method: str, key: str, body: bytes = b"") -> Any:
        if self.away:
            raise Unavailable("S3 does not answer: nobody is there", 5)
        answer = await super()._call(method, key, body)
        if method == "GET" and self.broken and self.broken in key:
            return replace_body(answer, b"?")
        return answer


def replace_body(answer: Any, body: bytes) -> Any:
    return type(answer)(answer.status, answer.media, body)


@pytest.fixture
async def bucket(installation: Installation) -> Stubborn:
    url, name = installation.urls["s3"], f"test-{uuid4().hex}"
    made = await ask(f"{url}/{name}", 5, {"content-length": "0"}, method="PUT")
    assert made.status == 200
    return Stubborn(url, name, "us-east-1", lambda: ("id", "secret"))


@pytest.fixture
async def old(
    event: Service[Store], bucket: Stubborn, monkeypatch: pytest.MonkeyPatch
) -> Service[Store]:
    """A log of small partitions and chunks; what it holds is old at once."""
    monkeypatch.setattr(chunks, "EVENTS", 4)
    event.store.bucket = bucket
    event.settings = settings_of({"ARCHIVE_AFTER_DAYS": "-36500"})
    await event.store.database.execute("ALTER TABLE events DISABLE TRIGGER no_deletion")
    await event.store.database.execute(
        "UPDATE event_log SET partition_rows = $1, capacity = 0", ROWS
    )
    parts = await event.store.database.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits"
        " WHERE inhparent = 'events'::regclass"
    )
    for part in parts:
        await event.store.database.execute(f"DROP TABLE {part['name']}")
    await event.store.database.execute("SELECT extend_event_log(), extend_event_log()")
    return event


async def append(event: Service[Store], count: int, **changes: Any) -> list[Event]:
    made = [happened(**changes) for _ in range(count)]
    for begin in range(0, count, ROWS):
        await event.store.append(made[begin : begin + ROWS])
    return made


async def moved(event: Service[Store]) -> str:
    """Take one step."""
    return await event.store.archive_on(LATER, "clock", NOW)


async def archived(event: Service[Store]) -> list[str]:
    steps = []
    while step := await moved(event):
        steps.append(step)
    return steps


async def sequences(event: Service[Store], **query: Any) -> list[int]:
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = query | ({"cursor": cursor} if cursor else {})
        answer = await event.call(listing, by=service(), query=asked)
        assert answer.status == 200, answer.body
        page = answer.json()
        found += [item["sequence"] for item in page["items"]]
        cursor = page["next"]
    return found


async def in_log(event: Service[Store]) -> list[int]:
    rows = await event.store.database.fetch("SELECT sequence FROM events ORDER BY sequence")
    return [row["sequence"] for row in rows]


async def test_whole_old_partitions_go_to_the_archive(
    old: Service[Store], bucket: Stubborn
) -> None:
    sent = await append(old, 25)
    steps = await archived(old)
    assert steps.count("dropped") == 2
    assert await in_log(old) == [21, 22, 23, 24, 25]
    assert await old.store.boundary() == 20

    manifest = json.loads(await bucket.get(f"events/{1:019}-{10:019}.json"))
    assert {name: manifest[name] for name in ("first", "last", "events")} == {
        "first": 1,
        "last": 10,
        "events": 10,
    }
    kept: list[Any] = []
    for chunk in manifest["chunks"]:
        body = await bucket.get(chunk["key"])
        assert hashlib.sha256(body).hexdigest() == chunk["sha256"]
        kept += [json.loads(line) for line in gzip.decompress(body).splitlines()]
    assert [line["sequence"] for line in kept] == list(range(1, 11))
    assert [line["id"] for line in kept] == [one.id for one in sent[:10]]
    assert kept[0]["data"] == sent[0].data


async def test_archived_events_are_listed_as_before(old: Service[Store]) -> None:
    for number in range(25):
        kind = ("post.created", "like.added", "post.updated")[number % 3]
        extra = {"correlationid": "call-7"} if number in {3, 23} else {}
        await append(old, 1, kind=kind, revision=None, **extra)

    async def asked() -> list[list[int]]:
        return [
            await sequences(old, limit=limit, **query)
            for limit in (3, 7, 200)
            for query in (
                {},
                {"order": "desc"},
                {"type": "like.added"},
                {"type": "post.*", "order": "desc"},
                {"after": 3, "before": 23},
                {"after": 3, "before": 9, "order": "desc"},
                {"correlation": "call-7"},
                {"type": "media.*"},
            )
        ]

    before = await asked()
    await archived(old)
    assert await old.store.boundary() == 20
    assert await asked() == before


async def test_archived_event_is_the_one_that_was_kept(old: Service[Store]) -> None:
    sent = await append(old, 20, data={"title": "NUL \0 \N{GRINNING FACE}", "n": [1, None]})
    before = await old.call(get, by=admin(), query={"id": sent[4].id})
    await archived(old)
    assert (await old.call(get, by=admin(), query={"id": sent[4].id})).body == before.body
    missing = await old.call(get, by=admin(), query={"id": "nothing"})
    assert missing.status == 404


async def test_history_of_an_aggregate_crosses_the_boundary(old: Service[Store]) -> None:
    for revision in (2, 1, 4, 3, 5):
        await append(old, 1, subject="post/1", revision=revision)
        await append(old, 5)
    await append(old, 2)

    async def history(limit: int) -> list[int]:
        found: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            query: dict[str, str | int] = {"aggregate": "post/1", "limit": limit}
            asked = query | ({"cursor": cursor} if cursor else {})
            page = (await old.call(by_aggregate, by=admin(), query=asked)).json()
            found += [item["revision"] for item in page["items"]]
            cursor = page["next"]
        return found

    await archived(old)
    assert await old.store.boundary() == 30
    assert await history(2) == await history(50) == [1, 2, 3, 4, 5]
    assert await sequences(old, subject="post/1") == [1, 7, 13, 19, 25]


async def test_times_are_found_in_the_archive(old: Service[Store]) -> None:
    await append(old, 8)
    [edge] = await old.store.database.fetch(
        "SELECT recorded_at AS at FROM events LIMIT 1 OFFSET 5"
    )
    await append(old, 14)
    since = {"since": edge["at"].isoformat()}
    wanted = await sequences(old, **since)
    until = await sequences(old, until=edge["at"].isoformat())
    await archived(old)
    assert await sequences(old, **since) == wanted
    assert await sequences(old, until=edge["at"].isoformat()) == until
    assert sorted(wanted + until) == list(range(1, 23))


async def test_young_and_unfinished_partitions_stay(old: Service[Store]) -> None:
    await append(old, 12)
    [row] = await old.store.database.fetch(
        "SELECT recorded_at AS at FROM events WHERE sequence = 10"
    )
    assert await old.store.archive_on(row["at"], "clock", NOW) == ""
    await archived(old)
    assert await in_log(old) == [11, 12]


async def test_replay_reads_the_archive(old: Service[Store]) -> None:
    for kind in ("post.created", "like.added") * 11:
        await append(old, 1, kind=kind, revision=None)
    await archived(old)
    old.calls = CannedCalls(replayable={"post-on-like-changed": True})
    wish = {"function": "post-on-like-changed", "type": "like.*", "rate": 500}
    plan = await old.call(replay, by=admin(), json=wish)
    assert (plan.status, plan.json()["total"]) == (200, 11), plan.body
    run = (await old.call(replay, by=admin(), json={**wish, "dry_run": False})).json()
    await old.store.database.execute("UPDATE runs SET moved_at = now() - interval '9 seconds'")
    assert (await old.call(replay_run, by=service())).status == 200
    sent = [Event.decode(published.body) for published in old.broker.raw]
    assert {one.type for one in sent} == {"like.added"}
    assert len(sent) == 11
    assert (await old.store.run(run["id"])).state == "done"


async def test_counting_a_slice_is_exact_at_its_edges(old: Service[Store]) -> None:
    for kind in ("post.created", "like.added") * 11:
        await append(old, 1, kind=kind, revision=None, subject="post/1")
    slices = [
        Slice(topics=Topics.parse(types), after=after, before=before, subject=subject)
        for types in ("", "like.added", "post.*", "media.*")
        for after, before in ((0, 100), (3, 15), (5, 7), (19, 22))
        for subject in ("", "post/1", "post/2")
    ]
    before = [await old.store.counted(part) for part in slices]
    await archived(old)
    assert [await old.store.counted(part) for part in slices] == before


async def test_nothing_is_dropped_that_is_not_read_back(
    old: Service[Store], bucket: Stubborn
) -> None:
    await append(old, 12)
    bucket.broken = "00005-"
    with pytest.raises(Unavailable, match="gave back other bytes"):
        await archived(old)
    assert await in_log(old) == list(range(1, 13))
    assert await sequences(old) == list(range(1, 13))
    bucket.broken = ""
    assert (await archived(old))[-1] == "dropped"
    assert await sequences(old) == list(range(1, 13))


async def test_archive_goes_on_where_it_was_interrupted(
    old: Service[Store], bucket: Stubborn
) -> None:
    """Killed at every call of the bucket, it loses nothing and leaves nothing behind."""
    sent = await append(old, 12)
    steps = 0

    class Killed(Exception):
        pass

    real, calls = bucket._call, 0

    async def mortal(method: str, key: str, body: bytes = b"") -> Any:
        nonlocal calls
        calls += 1
        if calls % 2:
            await real(method, key, body)
            raise Killed
        return await real(method, key, body)

    for _ in range(200):
        bucket._call = mortal  # type: ignore[method-assign] # it is the double's
        try:
            step = await moved(old)
        except Killed:
            steps += 1
            bucket._call = real  # type: ignore[method-assign] # as above
            step = await moved(old)
        if not step:
            break
    bucket._call = real  # type: ignore[method-assign] # as above
    assert steps > 3
    assert [e.id for e in await whole(old)] == [e.id for e in sent]
    rows = await old.store.database.fetch(
        "SELECT first, generation, key, stale FROM archive_chunks"
    )
    assert all(row["stale"] == [] for row in rows)
    for row in rows:
        for generation in range(1, row["generation"]):
            with pytest.raises(Missing):
                await bucket.get(
                    row["key"].replace(f".{row['generation']}.", f".{generation}.")
                )


async def whole(event: Service[Store]) -> list[StoredEvent]:
    return (await event.store.page(Slice(), None, 200)).items


async def test_reads_across_the_boundary_need_s3_and_others_do_not(
    old: Service[Store], bucket: Stubborn
) -> None:
    sent = await append(old, 15)
    await archived(old)
    bucket.away = True
    for operation, query in (
        (listing, {"after": 0}),
        (get, {"id": sent[0].id}),
        (by_aggregate, {"aggregate": sent[0].subject}),
    ):
        answer = await old.call(operation, by=admin(), query=query)
        assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    newest = await old.call(listing, by=admin(), query={"order": "desc", "limit": 5})
    assert [item["sequence"] for item in newest.json()["items"]] == [15, 14, 13, 12, 11]
    assert (await old.call(get, by=admin(), query={"id": sent[14].id})).status == 200
    old.store.bucket = None
    assert (await old.call(listing, by=admin())).status == 503


async def test_missing_object_is_told_as_such(old: Service[Store], bucket: Stubborn) -> None:
    await append(old, 12)
    await archived(old)
    await bucket.delete(
        await old.store.database.fetchval("SELECT key FROM archive_chunks WHERE first = 1")
    )
    answer = await old.call(listing, by=admin())
    assert answer.status == 503
    assert "the archive lacks events/" in answer.json()["detail"]


def by(author: str, number: int) -> Event:
    message = PostCreated(
        id=f"p{number}", slug=f"p{number}", title="Mine", author=Author(id=author, name="Ada")
    )
    return told(message, f"post/p{number}", 1)


async def test_member_who_leaves_is_redacted_in_the_archive(
    old: Service[Store], bucket: Stubborn
) -> None:
    events = [by("user_ada" if number % 3 else "user_bob", number) for number in range(12)]
    await old.store.append(events)
    await archived(old)
    keys = {r["key"] for r in await old.store.database.fetch("SELECT key FROM archive_chunks")}
    gone = told(UserDeleted(id="user_ada"), "user/user_ada", 2)
    await old.finish(on_user_deleted, gone)

    def names(found: list[StoredEvent]) -> list[str]:
        return [one.data.get("author", {}).get("name", "") for one in found]

    wanted = ["" if number % 3 else "Ada" for number in range(12)]
    assert (
        names(await whole(old)) == wanted
    )  # at once, though the objects are not rewritten yet
    steps = await archived(old)
    assert steps.count("redacted") == 3
    assert names(await whole(old)) == wanted
    rows = await old.store.database.fetch("SELECT key FROM archive_chunks ORDER BY first")
    for row in rows:
        text = gzip.decompress(await bucket.get(row["key"])).decode()
        for line in map(json.loads, text.splitlines()):
            assert (line["member"] == "user_bob") == ("Ada" in json.dumps(line["data"]))
    for key in keys - {row["key"] for row in rows}:
        with pytest.raises(Missing):
            await bucket.get(key)
    manifest = json.loads(await bucket.get(f"events/{1:019}-{10:019}.json"))
    assert [chunk["key"] for chunk in manifest["chunks"]] == [row["key"] for row in rows]
    deeds = (
        await old.call(actions, by=admin(), query={"what": "archived events redacted"})
    ).json()
    assert sum(deed["count"] for deed in deeds["items"]) == 6


async def test_member_who_leaves_while_it_is_archived_is_redacted(
    old: Service[Store], bucket: Stubborn
) -> None:
    """At every step of the way, and without a line of theirs in any object."""
    for pause in range(1, 9):
        author = f"user_{pause}"
        first = await old.store.last()
        await old.store.append([by(author, first + n) for n in range(ROWS)])
        for _ in range(pause):
            await moved(old)
        await old.finish(on_user_deleted, told(UserDeleted(id=author), f"user/{author}", 2))
    await append(old, ROWS)
    await archived(old)
    assert await old.store.boundary() == 9 * ROWS
    for row in await old.store.database.fetch("SELECT key, members FROM archive_chunks"):
        assert row["members"] == []
        assert b"Ada" not in gzip.decompress(await bucket.get(row["key"]))


async def test_archiving_is_on_record(old: Service[Store]) -> None:
    await append(old, 12)
    answer = await old.call(archive, by=admin("ada"))
    assert answer.status == 200, answer.body
    assert answer.json()["dropped"] == 1
    [deed] = (await old.call(actions, by=admin(), query={"what": "events archived"})).json()[
        "items"
    ]
    assert (deed["who"], deed["count"]) == ("ada", 10)
    assert deed["target"] == f"events/{1:019}-{10:019}.json"


async def test_archive_is_moved_by_one_at_a_time_and_by_whoever_may(
    old: Service[Store], bucket: Stubborn
) -> None:
    await append(old, 12)
    assert await old.store.hold_archive()
    assert (await old.call(archive, by=service())).json() == {}
    await old.store.release_archive()
    statuses = [(await old.call(archive, by=who)).status for who in (visitor(), member())]
    assert statuses == [401, 403]
    bucket.away = True
    assert (await old.call(archive, by=service())).status == 503
    bucket.away = False
    assert (await old.call(archive, by=service())).json()["dropped"] == 1
    old.store.bucket = None
    assert (await old.call(archive, by=service())).json() == {}


async def test_readers_lose_nothing_while_partitions_go(old: Service[Store]) -> None:
    await append(old, 55)
    ended = asyncio.Event()

    async def reads() -> int:
        count = 0
        while not ended.is_set():
            assert await sequences(old, limit=200) == list(range(1, 56))
            count += 1
        return count

    readers = [asyncio.create_task(reads()) for _ in range(3)]
    try:
        while True:
            try:
                if not await moved(old):
                    break
            except Unavailable:
                continue  # readers were in the way: the next step tries again
    finally:
        ended.set()
        counts = await asyncio.gather(*readers)
    assert all(counts)
    assert await old.store.boundary() == 50


class Listing:
    """What another service hears of event-list."""

    def __init__(self, event: Service[Store]) -> None:
        self.event = event

    async def get(self, function: str, **query: str) -> dict[str, Any]:
        assert function == "event-list"
        answer = await self.event.call(listing, by=service(), query=query)
        assert answer.status == 200, answer.body
        return dict(answer.json())


async def test_whole_log_is_told_where_the_archive_is_searched_for_long(
    old: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [await append(old, 1, kind="like.added")]
    for _ in range(3):
        await append(old, 7)
        sent.append(await append(old, 1, kind="like.added"))
    await archived(old)
    monkeypatch.setattr("functions.event.store.reads.PATIENCE", -1)  # one chunk a page
    monkeypatch.setattr("shared.history._LOOK_AGAIN_SECONDS", 0)
    pages = [page async for page in history(Listing(old), ["like.added"], 0)]
    assert [event for page in pages for event in page] == [event for [event] in sent]
    assert len(pages) > 2


@pytest.mark.parametrize("kind", ["", "post.*"])
async def test_who_follows_comes_on_while_the_archive_has_nothing_of_it(
    old: Service[Store], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    await append(old, 7)
    await append(old, 1, correlationid="rare")
    await append(old, 25)
    await archived(old)
    await append(old, 1, correlationid="rare")
    last = await old.store.last()
    monkeypatch.setattr("functions.event.store.spans.PATIENCE", -1)  # one chunk a step
    part = Slice(topics=Topics.parse(kind), correlation="rare")
    place, steps = 0, list[tuple[list[int], int]]()
    while place < last:
        found, place = await old.store.following(part, place, 10)
        steps.append(([event.sequence for event in found], place))
    assert [sequence for found, _ in steps for sequence in found] == [8, last]
    assert len(steps) > 7
    assert len({place for _, place in steps}) == len(steps)
    assert steps[0] == ([], 4)
    assert [one.sequence for one in await old.store.between(part, 0, last + 1, 10)] == [8, last]


async def test_replay_comes_on_while_the_archive_is_searched_for_long(
    old: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.event.store.spans.PATIENCE", -1)  # one chunk a step
    for _ in range(3):
        await append(old, 1, kind="like.added")
        await append(old, 9)
    await archived(old)
    old.calls = CannedCalls(replayable={"post-on-like-changed": True})
    wish = {"function": "post-on-like-changed", "type": "like.*", "rate": 500}
    run = (await old.call(replay, by=admin(), json={**wish, "dry_run": False})).json()
    places = [0]
    while (moved := await old.store.run(run["id"])).state != "done":
        await old.store.database.execute(
            "UPDATE runs SET moved_at = now() - interval '9 seconds'"
        )
        assert (await old.call(replay_run, by=service())).status == 200
        places.append((await old.store.run(run["id"])).position)
    assert moved.done == len(old.broker.raw) == 3
    assert places == sorted(set(places))
