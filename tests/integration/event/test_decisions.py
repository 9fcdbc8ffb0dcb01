"""What administrators decide about dead letters: to mend, to discard, to restore."""

from dataclasses import replace
from types import ModuleType
from typing import Any

import msgspec
import pytest

from functions.event.operations import (
    dead_letter_discard,
    dead_letter_edit,
    dead_letter_get,
    dead_letter_list,
    dead_letter_restore,
    dead_letter_retry,
    on_user_deleted,
)
from functions.event.store import Store
from proto.post.v1.events_pb2 import Author, PostCreated
from proto.user.v1.events_pb2 import UserDeleted
from shared.events import Event
from shared.testing import Answer, admin, member
from tests.integration.event.examples import fail, happened
from tests.integration.service import Service
from tests.integration.service import happened as told


async def failed(event: Service[Store], sent: Event | None = None, **headers: str) -> str:
    """Let a delivery fail, and give the id of its letter."""
    sent = sent or happened()
    await fail(event, sent.encode(), **headers)
    return str(
        await event.store.database.fetchval(
            "SELECT id FROM dead_letters WHERE event_id = $1", sent.id
        )
    )


async def decide(event: Service[Store], operation: ModuleType, /, **wanted: Any) -> Answer:
    return await event.call(operation, by=admin("ada"), json=wanted)


async def history(event: Service[Store], letter: str) -> Any:
    answer = await event.call(dead_letter_get, by=admin(), query={"id": letter})
    assert answer.status == 200, answer.body
    return answer.json()


async def listed(event: Service[Store], **query: str | int) -> list[dict[str, Any]]:
    answer = await event.call(dead_letter_list, by=admin(), query=query)
    assert answer.status == 200, answer.body
    return list(answer.json()["items"])


async def edit(event: Service[Store], letter: str, sent: Event) -> Answer:
    envelope = msgspec.json.decode(sent.encode())
    return await decide(event, dead_letter_edit, id=letter, event=envelope, why="no title")


async def test_edited_event_is_sent_and_the_original_stays(event: Service[Store]) -> None:
    sent = happened()
    letter = await failed(event, sent)
    mended = replace(sent, data={"title": "Salut"})
    answer = await edit(event, letter, mended)
    assert (answer.status, answer.json()["event"]["data"]) == (200, {"title": "Salut"})
    assert answer.json()["edited_by"] == "ada"

    assert (await decide(event, dead_letter_retry, id=letter)).status == 200
    [published] = event.broker.raw
    assert Event.decode(published.body) == mended

    found = await history(event, letter)
    assert Event.decode(found["original"].encode()) == sent
    assert [(a["action"], a["caller"], a["why"]) for a in found["actions"]] == [
        ("dead letter edited", "ada", "no title"),
        ("dead letter retried", "ada", ""),
    ]


async def test_event_is_edited_again_after_it_has_failed_again(event: Service[Store]) -> None:
    sent = happened()
    letter = await failed(event, sent)
    for title, minute in (("a", "06"), ("b", "07")):
        mended = replace(sent, data={"title": title})
        assert (await edit(event, letter, mended)).status == 200
        assert (await decide(event, dead_letter_retry, id=letter)).status == 200
        await fail(event, mended.encode(), last_failed_at=f"2026-03-04T05:{minute}:00Z")
    found = await history(event, letter)
    assert found["letter"]["state"] == "waiting"
    assert found["letter"]["event"]["data"] == {"title": "b"}
    assert Event.decode(found["original"].encode()) == sent


async def test_edit_keeps_the_id_and_only_what_waits_is_edited(event: Service[Store]) -> None:
    sent = happened()
    letter = await failed(event, sent)
    other = await edit(event, letter, replace(sent, id="another"))
    assert (other.status, other.json()["detail"]) == (
        409,
        f"the edited event must keep the id {sent.id}, got another",
    )
    await decide(event, dead_letter_retry, id=letter)
    late = await edit(event, letter, sent)
    assert (late.status, late.json()["detail"]) == (
        409,
        f"dead letter {letter} must be waiting, it is retried",
    )
    assert (await edit(event, "nothing", sent)).status == 404
    assert (await decide(event, dead_letter_edit, id=letter, event={"id": "x"})).status == 400


async def test_what_was_no_event_is_made_one(event: Service[Store]) -> None:
    await fail(event, b"{broken", reason="malformed")
    [found] = await listed(event)
    mended = happened()
    assert (await edit(event, found["id"], mended)).status == 200
    await decide(event, dead_letter_retry, id=found["id"])
    [published] = event.broker.raw
    # It fails once more, as an event of its own that knows where it comes from.
    again = await failed(event, mended, retry_of=published.headers["fanfold-retry-of"])
    assert (await history(event, again))["letter"]["retry_of"] == found["id"]
    assert (await history(event, found["id"]))["original"] == "{broken"


async def test_edited_letter_of_a_member_who_leaves_is_redacted(event: Service[Store]) -> None:
    author = Author(id="user_ada", name="Ada")
    sent = told(PostCreated(id="p1", title="Grüße", author=author), "post/p1", 1)
    await event.store.append([sent])
    told_of = {"last_error": "no place for 'Ada' in row 7", "stack": "name = 'Ada'"}
    letter = await failed(event, sent, **told_of)
    cause = (await history(event, letter))["letter"]["cause"]
    await edit(event, letter, sent)
    await event.finish(on_user_deleted, told(UserDeleted(id="user_ada"), "user/user_ada", 9))
    assert "Ada" not in str(await history(event, letter))
    assert (await history(event, letter))["letter"]["cause"] == cause
    # Nor does an edit that comes later bring it back.
    await edit(event, letter, sent)
    assert "Ada" not in str(await history(event, letter))


async def test_discarded_letters_can_be_restored(event: Service[Store]) -> None:
    ids = [await failed(event) for _ in range(3)]
    await decide(event, dead_letter_retry, id=ids[2])
    discarded = await decide(event, dead_letter_discard, ids=[*ids, "none"], why="a test")
    wanted = {"changed": ids[:2], "unchanged": [ids[2], "none"], "count": 2, "at": ""}
    assert discarded.json() | {"at": ""} == wanted
    [first, second] = await listed(event, state="discarded")
    assert {first["id"], second["id"]} == set(ids[:2])
    assert (first["discarded_by"], first["why"]) == ("ada", "a test")
    refused = await decide(event, dead_letter_retry, id=ids[0])
    assert (refused.status, refused.json()["detail"]) == (
        409,
        f"dead letter {ids[0]} must be waiting, it is discarded",
    )

    restored = await decide(event, dead_letter_restore, ids=[ids[0], ids[2]], why="needed")
    wanted = {"changed": [ids[0]], "unchanged": [ids[2]], "count": 1, "at": ""}
    assert restored.json() | {"at": ""} == wanted
    found = await history(event, ids[0])
    assert found["letter"]["state"] == "waiting"
    assert [(a["action"], a["why"]) for a in found["actions"]] == [
        ("dead letter discarded", "a test"),
        ("dead letter restored", "needed"),
    ]


async def test_discarding_needs_a_reason(event: Service[Store]) -> None:
    letter = await failed(event)
    for wanted in ({"ids": [letter]}, {"ids": [letter], "why": ""}, {"ids": [], "why": "x"}):
        assert (await event.call(dead_letter_discard, by=admin(), json=wanted)).status == 400
    assert [item["id"] for item in await listed(event, state="waiting")] == [letter]


async def test_letters_are_selected_by_function_type_and_cause(event: Service[Store]) -> None:
    one = await failed(event, happened("post.created"), function="like-on-post-created")
    two = await failed(event, happened("post.deleted"), function="like-on-post-created")
    three = await failed(event, happened("post.created"), last_error="another")
    assert {item["id"] for item in await listed(event, function="like-on-post-created")} == {
        one,
        two,
    }
    assert {item["id"] for item in await listed(event, type="post.created")} == {one, three}
    cause = (await history(event, three))["letter"]["cause"]
    assert [item["id"] for item in await listed(event, cause=cause)] == [three]
    assert await listed(event, cause=cause, state="retried") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "no post has the id 01a203ba-fec1-7000-9092-56f19fe138fd",
            "no post has the id 7f3ab2c0",
        ),
        ("KeyError: 'title'", "KeyError: 'name'"),
        ("user_demoPaperKite is unknown", "user_2x is unknown"),
        ("took 1501 ms", "took 20 ms"),
    ],
)
async def test_errors_that_differ_in_details_have_one_cause(
    event: Service[Store], one: str, other: str
) -> None:
    for second, error in enumerate((one, other, "something else")):
        at = f"2026-03-04T05:05:0{second}Z"
        await failed(event, last_error=error, last_failed_at=at)
    causes = await listed(event, group="true")
    assert [cause["letters"] for cause in causes] == [1, 2]
    assert "…" in causes[1]["pattern"]


async def test_causes_come_in_pages_of_one_state(event: Service[Store]) -> None:
    for minute in range(5):
        at = f"2026-03-04T05:0{minute}:00Z"
        letter = await failed(event, reason=f"reason {minute}", last_failed_at=at)
    await decide(event, dead_letter_discard, ids=[letter], why="enough")
    seen: list[str] = []
    query: dict[str, Any] = {"group": "true", "limit": 3}
    while True:
        page = (await event.call(dead_letter_list, by=admin(), query=query)).json()
        seen += [cause["reason"] for cause in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [f"reason {minute}" for minute in (3, 2, 1, 0)]
    [gone] = await listed(event, group="true", state="discarded")
    assert (gone["reason"], gone["letters"], gone["latest"]) == ("reason 4", 1, letter)
    assert await listed(event, group="true", function="site") == []


async def test_version_of_the_function_is_kept(event: Service[Store]) -> None:
    letter = await failed(event, function_version="fanfold/post:0.1.0")
    assert (await history(event, letter))["letter"]["function_version"] == "fanfold/post:0.1.0"


async def test_decisions_are_for_administrators(event: Service[Store]) -> None:
    wanted = {"ids": ["x"], "why": "y"}
    for operation in (dead_letter_discard, dead_letter_restore):
        assert (await event.call(operation, by=member("m"), json=wanted)).status == 403
    assert (await event.call(dead_letter_get, by=member("m"))).status == 403
    assert (await event.call(dead_letter_get, by=admin(), query={"id": "x"})).status == 404
