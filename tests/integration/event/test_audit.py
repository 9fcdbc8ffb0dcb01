"""What was done is on record: by whom, to what, why; and nobody can change the record."""

from typing import Any

import asyncpg
import pytest

from functions.event.operations import (
    action_record,
    actions,
    conflicts,
    dead_letter_discard,
    dead_letter_restore,
    publish,
)
from functions.event.operations import store as storing
from functions.event.store import Store
from shared.testing import NOW, admin, member, service, visitor
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service


async def listed(event: Service[Store], **query: str | int) -> list[dict[str, Any]]:
    answer = await event.call(actions, by=admin(), query=query)
    assert answer.status == 200, answer.body
    return list(answer.json()["items"])


async def record(event: Service[Store], who: str, what: str, target: str) -> dict[str, Any]:
    wanted = {"who": who, "what": what, "target": target, "why": "gone", "count": 7}
    answer = await event.call(action_record, by=service(), json=wanted)
    assert answer.status == 201, answer.body
    return dict(answer.json())


async def test_recorded_action_is_listed_as_it_was_told(event: Service[Store]) -> None:
    made = await record(event, "ada", "queue drained", "fn.post-on-like-changed")
    assert made == {
        "id": 1,
        "at": NOW.isoformat().replace("+00:00", "Z"),
        "who": "ada",
        "what": "queue drained",
        "target": "fn.post-on-like-changed",
        "why": "gone",
        "count": 7,
    }
    assert await listed(event) == [made]


async def test_decisions_are_listed_with_who_and_why(event: Service[Store]) -> None:
    await fail(event, happened().encode())
    letter = await event.store.database.fetchval("SELECT id FROM dead_letters")
    for decision, who in ((dead_letter_discard, "ada"), (dead_letter_restore, "bob")):
        wanted = {"ids": [letter], "why": f"says {who}"}
        assert (await event.call(decision, by=admin(who), json=wanted)).status == 200
    sale = {"type": "custom.sale", "subject": "sale/1", "data": {}, "why": "spring"}
    await event.call(publish, by=admin("cleo"), json=sale)
    found = [(deed["who"], deed["what"], deed["why"]) for deed in await listed(event)]
    assert found == [
        ("cleo", "event published", "spring"),
        ("bob", "dead letter restored", "says bob"),
        ("ada", "dead letter discarded", "says ada"),
    ]
    assert [deed["target"] for deed in await listed(event, target=letter)] == [letter, letter]


async def test_actions_are_found_by_who_what_and_target(event: Service[Store]) -> None:
    for who, what, target in (("a", "x", "1"), ("a", "y", "2"), ("b", "x", "1")):
        await record(event, who, what, target)
    assert [deed["id"] for deed in await listed(event, who="a")] == [2, 1]
    assert [deed["id"] for deed in await listed(event, what="x")] == [3, 1]
    assert [deed["id"] for deed in await listed(event, what="x", who="a", target="1")] == [1]


async def test_actions_come_in_pages(event: Service[Store]) -> None:
    for number in range(5):
        await record(event, "ada", "counted", str(number))
    cursor, found = None, list[str]()
    while not found or cursor:
        query = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await event.call(actions, by=admin(), query=query)).json()
        found += [deed["target"] for deed in page["items"]]
        cursor = page["next"]
    assert found == ["4", "3", "2", "1", "0"]
    wrong = await event.call(actions, by=admin(), query={"cursor": "?"})
    assert wrong.status == 400


async def test_actions_are_for_administrators_and_recorded_by_services(
    event: Service[Store],
) -> None:
    callers = [visitor(), member(), service()]
    statuses = [(await event.call(actions, by=by)).status for by in callers]
    assert statuses == [401, 403, 403]
    wanted = {"who": "a", "what": "x", "target": "1"}
    for by, status in ((visitor(), 403), (member(), 403), (admin(), 403)):
        assert (await event.call(action_record, by=by, json=wanted)).status == status
    for wrong in ({}, {**wanted, "count": -1}, {**wanted, "who": ""}):
        assert (await event.call(action_record, by=service(), json=wrong)).status == 400


async def test_conflict_is_seen_by_operators(event: Service[Store]) -> None:
    kept, clash = (happened(subject="post/1", revision=3) for _ in "ab")
    for sent in (kept, clash):
        assert (await event.tell(storing, sent)).status == 204
    [found] = (await event.call(conflicts, by=admin())).json()["items"]
    assert (found["id"], found["kept_id"]) == (clash.id, kept.id)
    assert (found["subject"], found["revision"]) == ("post/1", 3)
    assert found["envelope"]["id"] == clash.id
    assert (await event.store.stats()).conflicts == 1
    assert (await event.call(conflicts, by=member())).status == 403
    assert (await event.call(conflicts, by=admin(), query={"cursor": "?"})).status == 400


CHANGES = [
    "DELETE FROM events",
    "TRUNCATE events",
    "UPDATE events SET data = '{}'",
    "UPDATE events SET data = '{}', redacted = true, type = 'other'",
    "UPDATE events SET data = '{}', redacted = true, recorded_at = now()",
    "DELETE FROM event_keys",
    "UPDATE event_keys SET revision = 9",
    "TRUNCATE event_keys",
    "DELETE FROM event_conflicts",
    "DELETE FROM actions",
    "UPDATE actions SET caller = 'nobody'",
    "TRUNCATE actions",
]


@pytest.mark.parametrize("change", CHANGES)
async def test_database_refuses_to_change_what_was_done(
    event: Service[Store], change: str
) -> None:
    kept, clash = (happened(subject="post/1", revision=3) for _ in "ab")
    await event.store.append([kept, clash])
    await record(event, "ada", "drained", "fn.x")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="is only added to"):
        await event.store.database.execute(change)


async def test_database_takes_a_redaction_once(event: Service[Store]) -> None:
    await event.store.append([happened()])
    redact = "UPDATE events SET data = '{}', redacted = true"
    await event.store.database.execute(redact)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await event.store.database.execute(redact)
