"""A member who is gone leaves no personal field in the log, whenever their events come."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from functions.event.operations import by_aggregate, dead_letter_list, on_user_deleted, store
from functions.event.operations import list as event_list
from functions.event.store import Store, projections
from proto.post.v1.events_pb2 import Author, PostCreated
from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.events import Event
from shared.testing import admin
from tests.integration.event.examples import fail
from tests.integration.service import Service, happened

GONE = happened(UserDeleted(id="user_ada"), "user/user_ada", 9)


def written(post: str = "p1", author: str = "user_ada") -> Event:
    message = PostCreated(
        id=post,
        slug="grusse",
        title="Grüße",
        author=Author(id=author, name="Ada", avatar="https://img.test/ada.png"),
    )
    return happened(message, f"post/{post}", 1)


async def kept(event: Service[Store], *events: Event) -> None:
    for one in events:
        assert (await event.tell(store, one)).status == 204


async def payloads(event: Service[Store], subject: str) -> list[dict[str, Any]]:
    answer = await event.call(by_aggregate, by=admin(), query={"aggregate": subject})
    return [item["data"] for item in answer.json()["items"]]


def personal(data: dict[str, Any]) -> list[str]:
    return [data["slug"], data["title"], data["author"]["name"], data["author"]["avatar"]]


async def test_payloads_lose_what_is_personal_and_keep_the_rest(event: Service[Store]) -> None:
    named = happened(UserUpdated(id="user_ada", name="Ada"), "user/user_ada", 2)
    await kept(event, written("p1"), written("p2", "user_bob"), named)

    assert await event.finish(on_user_deleted, GONE) == [False]

    [ada], [bob] = await payloads(event, "post/p1"), await payloads(event, "post/p2")
    assert personal(ada) == ["", "", "", ""]
    assert (ada["id"], ada["author"]["id"]) == ("p1", "user_ada")
    assert personal(bob) == ["grusse", "Grüße", "Ada", "https://img.test/ada.png"]
    assert (await payloads(event, "user/user_ada"))[0]["name"] == ""


async def test_long_history_is_redacted_in_calls_of_a_batch(
    event: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projections, "BATCH", 2)
    await kept(event, *(written(f"p{number}") for number in range(5)))

    assert await event.finish(on_user_deleted, GONE) == [True, True, False]

    answer = await event.call(event_list, by=admin())
    assert [item["data"]["title"] for item in answer.json()["items"]] == [""] * 5


async def test_what_comes_late_is_kept_without_what_is_personal(event: Service[Store]) -> None:
    await event.finish(on_user_deleted, GONE)
    await kept(event, written())
    [data] = await payloads(event, "post/p1")
    assert personal(data) == ["", "", "", ""]


@pytest.mark.parametrize("late", [False, True])
async def test_dead_letters_of_the_member_are_redacted_too(
    event: Service[Store], *, late: bool
) -> None:
    failed = written()
    await kept(event, failed)
    if not late:
        await fail(event, failed.encode())
    await event.finish(on_user_deleted, GONE)
    if late:
        await fail(event, failed.encode())

    [letter] = (await event.call(dead_letter_list, by=admin())).json()["items"]
    assert personal(letter["event"]["data"]) == ["", "", "", ""]
    assert letter["event"]["id"] == failed.id


async def test_what_was_kept_apart_is_redacted_too(event: Service[Store]) -> None:
    claim = replace(written(), id="another")
    await kept(event, written(), claim)
    await event.finish(on_user_deleted, GONE)
    [row] = await event.store.database.fetch("SELECT envelope FROM event_conflicts")
    assert msgspec.json.decode(row["envelope"]) == {}


async def test_deletion_that_comes_again_changes_nothing(event: Service[Store]) -> None:
    await kept(event, written())
    await event.finish(on_user_deleted, GONE)
    before = (await event.call(event_list, by=admin())).json()
    assert (await event.tell(on_user_deleted, GONE)).json() == {"duplicate": True}
    assert await event.finish(on_user_deleted, replace(GONE, replay="r1")) == [False]
    assert (await event.call(event_list, by=admin())).json() == before
