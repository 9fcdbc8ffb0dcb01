"""user-clerk-webhook against MongoDB: what a member is, however the news arrives."""

import asyncio
from itertools import permutations
from typing import Any

import pytest

from functions.user.operations import get
from tests.integration.user.conftest import GONE, THEN, Members, ada

RENAMED = ada(first_name="Countess", updated_at=THEN + 1000)


async def shown(members: Members) -> dict[str, Any]:
    answer = await members.call(get, query={"id": "user_ada"})
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json()
    return found


async def test_a_webhook_makes_a_member(members: Members) -> None:
    answer = await members.deliver("user.created", ada())
    assert (answer.status, answer.json()) == (200, {"changed": True})
    assert await shown(members) == {
        "id": "user_ada",
        "username": "ada",
        "name": "Ada",
        "avatar": "https://img.test/ada.png",
        "revision": 1,
        "created_at": "2026-09-21T14:13:20Z",
    }
    assert members.published() == [("user.created", "user/user_ada", 1)]
    [row] = await members.stored("users")
    assert row["email"] == "ada@example.com"
    assert b"example.com" not in b"".join(e.encode() for e in members.broker.published)


async def test_the_same_delivery_again_has_no_effect(members: Members) -> None:
    answers = [await members.deliver("user.created", ada(), "msg_1") for _ in range(3)]
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"changed": True}),
        (200, {"duplicate": True}),
        (200, {"duplicate": True}),
    ]
    # The id alone decides: what else comes under it is not looked at.
    again = await members.deliver("user.updated", RENAMED, "msg_1")
    assert again.json() == {"duplicate": True}
    assert (await shown(members))["name"] == "Ada"
    assert members.published() == [("user.created", "user/user_ada", 1)]


async def test_the_same_delivery_at_once_has_one_effect(members: Members) -> None:
    answers = await asyncio.gather(
        *(members.deliver("user.created", ada(), "msg_1") for _ in range(8))
    )
    assert {answer.status for answer in answers} == {200}
    assert [answer.json() for answer in answers].count({"changed": True}) == 1
    assert members.published() == [("user.created", "user/user_ada", 1)]
    assert len(await members.stored("users")) == 1


async def test_different_deliveries_at_once_leave_the_youngest(members: Members) -> None:
    news = [ada(first_name=f"Ada {n}", updated_at=THEN + n) for n in range(8)]
    answers = await asyncio.gather(
        *(members.deliver("user.updated", data) for data in news[::-1])
    )
    assert {answer.status for answer in answers} == {200}
    found = await shown(members)
    assert found["name"] == "Ada 7"
    revisions = [revision for _, _, revision in members.published()]
    assert revisions == list(range(1, found["revision"] + 1))
    assert members.published()[0][0] == "user.created"


@pytest.mark.parametrize(
    "order", list(permutations(["created", "updated", "deleted"])), ids="-".join
)
async def test_news_in_any_order_ends_the_same(
    members: Members, order: tuple[str, ...]
) -> None:
    news = {"created": ada(), "updated": RENAMED, "deleted": GONE}
    for kind in order:
        assert (await members.deliver(f"user.{kind}", news[kind])).status == 200
    assert (await members.call(get, query={"id": "user_ada"})).status == 404
    [tombstone] = await members.stored("users")
    assert (tombstone["deleted"], tombstone["email"], tombstone["name"]) == (True, "", "")
    published = members.published()
    assert [revision for _, _, revision in published] == list(range(1, len(published) + 1))
    # Whoever was told of the member is told of the end.
    assert [kind for kind, _, _ in published[-1:]] == (
        [] if order[0] == "deleted" else ["user.deleted"]
    )


async def test_an_update_that_comes_first_makes_the_member(members: Members) -> None:
    await members.deliver("user.updated", RENAMED)
    late = await members.deliver("user.created", ada())
    assert late.json() == {"changed": False}
    assert (await shown(members))["name"] == "Countess"
    assert members.published() == [("user.created", "user/user_ada", 1)]


async def test_an_update_others_can_see_is_told(members: Members) -> None:
    await members.deliver("user.created", ada())
    await members.deliver("user.updated", RENAMED)
    assert ((await shown(members))["name"], (await shown(members))["revision"]) == (
        "Countess",
        2,
    )
    assert members.published()[1:] == [("user.updated", "user/user_ada", 2)]


async def test_an_update_nobody_can_see_is_kept_and_not_told(members: Members) -> None:
    await members.deliver("user.created", ada())
    addresses = [{"id": "idn_1", "email_address": "new@example.com"}]
    moved = ada(email_addresses=addresses, updated_at=THEN + 1)
    assert (await members.deliver("user.updated", moved)).json() == {"changed": True}
    [row] = await members.stored("users")
    assert (row["email"], row["revision"]) == ("new@example.com", 1)
    assert len(members.published()) == 1


async def test_a_deletion_twice_is_told_once(members: Members) -> None:
    await members.deliver("user.created", ada())
    answers = [await members.deliver("user.deleted", GONE) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"changed": True}, {"changed": False}]
    assert members.published()[1:] == [("user.deleted", "user/user_ada", 2)]
    late = await members.deliver("user.updated", ada(updated_at=THEN + 10**9))
    assert late.json() == {"changed": False}


@pytest.mark.parametrize(
    "forged",
    [
        {"svix-signature": "v1,bm90IHRoZSBzaWduYXR1cmU="},
        {"svix-signature": "without a comma"},
        {"svix-signature": "v1,not base64"},
        {"svix-timestamp": "1700000000"},
        {"svix-id": "msg_other"},
    ],
    ids=str,
)
async def test_a_forged_webhook_stores_nothing(
    members: Members, forged: dict[str, str]
) -> None:
    answer = await members.deliver("user.created", ada(), **forged)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    # Nor is its id taken: the true delivery under it must still count.
    assert await members.stored("users") == []
    assert (await members.deliver("user.created", ada(), "msg_other")).json() == {
        "changed": True
    }
