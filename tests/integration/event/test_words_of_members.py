"""Words of a member who is gone are in no row of any table, wherever a letter had them from."""

import gzip
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest

from functions.event.operations import (
    dead_letter_discard,
    dead_letter_edit,
    dead_letter_get,
    dead_letter_list,
    migrate,
    on_user_deleted,
)
from functions.event.store import SCHEMA, Store, projections
from proto.post.v1.events_pb2 import Author, PostCreated
from proto.user.v1.events_pb2 import UserDeleted
from shared.databases.postgres import Postgres
from shared.events import Event
from shared.testing import admin, service
from tests.conftest import Installation
from tests.integration.event import test_archive as archiving
from tests.integration.event.examples import fail
from tests.integration.service import Service, happened

bucket, old = archiving.bucket, archiving.old

NAME, TITLE = "Zephyrine", "Unheard-of words"
GONE = happened(UserDeleted(id="user_zoe"), "user/user_zoe", 9)
# An error quotes as it likes: in quotes of either kind, or in none.
TOLD = {
    "last_error": f"no place for '{TITLE}', \"{TITLE}\" by {NAME} in row 7",
    "stack": f"title = '{TITLE}'",
}


def written(number: int = 1, name: str = NAME, author: str = "user_zoe") -> Event:
    by = Author(id=author, name=name, avatar="https://img.test/zephyrine.png")
    message = PostCreated(id=f"p{number}", slug="unheard-of", title=TITLE, author=by)
    return happened(message, f"post/p{number}", 1)


async def leave(event: Service[Store]) -> None:
    await event.finish(on_user_deleted, GONE)


async def ids(event: Service[Store]) -> list[str]:
    answer = await event.call(dead_letter_list, by=admin())
    return [item["id"] for item in answer.json()["items"]]


async def history(event: Service[Store], letter: str) -> dict[str, Any]:
    answer = await event.call(dead_letter_get, by=admin(), query={"id": letter})
    return dict(answer.json())


async def edit(event: Service[Store], letter: str, sent: Event) -> None:
    envelope = msgspec.json.decode(sent.encode())
    asked = {"id": letter, "event": envelope}
    assert (await event.call(dead_letter_edit, by=admin(), json=asked)).status == 200


async def tables_with(event: Service[Store], words: Sequence[str]) -> set[str]:
    """Name the tables with a row that has one of these words."""
    database = event.store.database
    named = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    found = set[str]()
    for row in named:
        rows = await database.fetch(f"SELECT * FROM {row['tablename']}")
        text = str(rows).lower()
        found |= {row["tablename"] for word in words if word.lower() in text}
    return found


async def nothing_is_left(event: Service[Store]) -> None:
    assert await tables_with(event, (NAME, TITLE, "unheard-of")) == set()


@pytest.mark.parametrize("state", ["waiting", "discarded"])
async def test_letter_of_an_archived_event_is_redacted(
    old: Service[Store], bucket: archiving.Stubborn, state: str
) -> None:
    failed = written()
    await old.store.append([failed])
    await archiving.append(old, 2 * archiving.ROWS)
    await fail(old, failed.encode(), **TOLD)
    [letter] = await ids(old)
    if state == "discarded":
        asked = {"ids": [letter], "why": "old"}
        assert (await old.call(dead_letter_discard, by=admin(), json=asked)).status == 200
    await archiving.archived(old)
    assert await tables_with(old, [NAME]) == {"dead_letters"}  # the log has given it up

    await leave(old)

    await nothing_is_left(old)
    kept = await history(old, letter)
    assert kept["letter"]["state"] == state
    assert kept["letter"]["event"]["data"]["author"]["id"] == "user_zoe"
    assert kept["actions"][-1] | {"at": ""} == {
        "at": "",
        "caller": "service",
        "action": "dead letter redacted",
        "why": "",
    }
    await archiving.archived(old)
    for row in await old.store.database.fetch("SELECT key FROM archive_chunks"):
        assert NAME.encode() not in gzip.decompress(await bucket.get(row["key"]))


@pytest.mark.parametrize("late", [False, True])
async def test_letter_of_what_was_kept_apart_is_redacted(
    event: Service[Store], *, late: bool
) -> None:
    claim = replace(written(name="Zephyrine the Second"), id="another")
    if late:
        await leave(event)
    await event.store.append([written(), claim])
    await fail(event, claim.encode(), **TOLD)
    if not late:
        await leave(event)
    await nothing_is_left(event)


@pytest.mark.parametrize("late", [False, True])
async def test_letter_that_was_no_event_is_redacted_also_when_it_was_mended(
    event: Service[Store], *, late: bool
) -> None:
    if late:
        await leave(event)
    body = written().encode()
    for broken in (body[:-1], body.replace(b'"specversion"', b'"version"')):
        await fail(event, broken, reason="malformed", **TOLD | {"last_error": "no event"})
    mended, waiting = await ids(event)
    await edit(event, mended, written())
    if not late:
        await leave(event)
    await nothing_is_left(event)
    kept = await history(event, mended)
    assert kept["letter"]["event"]["data"]["author"] | {"avatar": ""} == {
        "id": "user_zoe",
        "name": "",
        "avatar": "",
    }
    assert (kept["original"], (await history(event, waiting))["original"]) == ("", "")


@pytest.mark.parametrize("late", [False, True])
async def test_letter_that_no_schema_reads_loses_its_data(
    event: Service[Store], *, late: bool
) -> None:
    if late:
        await leave(event)
    broken = {"author": f"{NAME} <user_zoe>", "title": TITLE}
    for sent in (
        replace(written(1), data=broken),
        replace(written(2), dataschema=""),
        replace(written(3), dataschema="proto:fanfold.post.v1.PostLost"),
    ):
        await fail(event, sent.encode(), **TOLD)
    if not late:
        await leave(event)
    await nothing_is_left(event)
    kept = [await history(event, letter) for letter in await ids(event)]
    assert [one["letter"]["event"]["data"] for one in kept] == [{}, {}, {}]


async def test_letter_mended_into_an_event_of_a_member_is_redacted(
    event: Service[Store],
) -> None:
    await fail(event, b"{broken", reason="malformed")
    [letter] = await ids(event)
    await edit(event, letter, written())
    await leave(event)
    await nothing_is_left(event)
    kept = await history(event, letter)
    assert kept["original"] == "{broken"  # which was nobody's


async def test_letter_that_fails_again_after_its_member_left_quotes_nothing(
    event: Service[Store],
) -> None:
    failed = written()
    await fail(event, failed.encode())
    await leave(event)
    await fail(event, failed.encode(), **TOLD, last_failed_at="2026-03-04T05:09:00Z")
    await nothing_is_left(event)
    [letter] = await ids(event)
    assert (await history(event, letter))["letter"]["last_failed_at"] == "2026-03-04T05:09:00Z"


async def test_letters_of_others_stay_as_they_are(event: Service[Store]) -> None:
    theirs = written(2, "Bob", "user_bob")
    await fail(event, theirs.encode(), **TOLD)
    await fail(event, b'{"of": "user_zoeline"')
    before = [await history(event, letter) for letter in await ids(event)]
    await leave(event)
    assert [await history(event, letter) for letter in await ids(event)] == before


async def test_many_letters_are_redacted_in_calls_of_a_batch(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "BATCH", 2)
    for number in range(5):
        await fail(event, written(number).encode(), **TOLD)
    assert await event.finish(on_user_deleted, GONE) == [True, True, False]
    await nothing_is_left(event)


async def test_any_member_a_body_may_name_is_kept(event: Service[Store]) -> None:
    """What no index takes is no member's id, and holds no letter up."""
    odd = ["x" * 5000, "a\0b", "user_" + "y" * 5000]
    for number, author in enumerate(odd):
        sent = written(number, author=author).encode()
        assert (await fail(event, sent)).status == 204
        assert (await fail(event, sent[:-1])).status == 204
    assert len(await ids(event)) == 2 * len(odd)


async def test_who_left_before_letters_knew_their_members_is_forgotten_by_migrating(
    installation: Installation, tmp_path: Path
) -> None:
    for path in sorted(SCHEMA.glob("*.sql")):
        if path.name < "0011":
            shutil.copy(path, tmp_path)
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    admins = await asyncpg.connect(server)
    await admins.execute(f"CREATE DATABASE {name}")
    store = Store(Postgres(f"{server.rpartition('/')[0]}/{name}"))
    event = Service(store)
    try:
        await store.database.migrate(tmp_path)
        await store.database.execute("INSERT INTO departed VALUES ('user_zoe', now())")
        bodies = (written(1), written(2, "Bob", "user_bob"), written(3))
        for number, sent in enumerate(bodies):
            body = sent.encode()[: -1 if number == 2 else None]
            await store.database.execute(
                """
                INSERT INTO dead_letters (id, event_id, function, type, reason, attempts,
                    last_status, last_error, first_failed_at, last_failed_at, traceparent, body)
                VALUES ($1, $1, 'f', 't', 'r', 3, 500, $2, now(), now(), '', $3)
                """,
                str(number),
                TOLD["last_error"] if number != 1 else "",
                body,
            )
        answer = await event.call(migrate, by=service())
        assert answer.status == 200, answer.body

        rows = await store.database.fetch(
            "SELECT body, last_error FROM dead_letters ORDER BY id"
        )
        assert [NAME in str(row) for row in rows] == [False, False, False]
        assert rows[1]["body"] == bodies[1].encode()
        assert (await store.database.fetchval("SELECT count(*) FROM departed")) == 1
        assert not await store.database.fetch("SELECT FROM departed WHERE letters_left")
    finally:
        await store.database.close()
        await admins.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admins.close()
