"""user-list and user-count: members as administrators look for them."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.user.operations import count
from functions.user.operations import list as user_list
from shared.testing import admin, member, settings_of, visitor
from tests.integration.user.conftest import GONE, THEN, Members, ada, chief, clerks

NOWHERE = "http://127.0.0.1:9"


async def told(members: Members, *users: Mapping[str, Any]) -> None:
    """Let each come a second after the one before."""
    for number, user in enumerate(users):
        at = THEN + 1000 * number
        news = {**user, "created_at": at, "updated_at": at}
        assert (await members.deliver("user.created", news)).status == 200


async def found(members: Members, *, admins: str = "", **query: Any) -> list[str]:
    answer = await members.ask(user_list, NOWHERE, by=admin(), query=query, admins=admins)
    assert answer.status == 200, answer.body
    return [one["id"].removeprefix("user_") for one in answer.json()["items"]]


async def test_list_shows_administrators_all_there_is_to_know(members: Members) -> None:
    await members.deliver("user.created", ada())
    answer = await members.call(user_list, by=admin())
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {
        "items": [
            {
                "id": "user_ada",
                "username": "ada",
                "name": "Ada",
                "avatar": "https://img.test/ada.png",
                "email": "ada@example.com",
                "role": "member",
                "revision": 1,
                "created_at": "2026-09-21T14:13:20Z",
                "updated_at": "2026-09-21T14:13:20Z",
            }
        ],
        "next": None,
    }


async def test_search_takes_beginnings_of_name_username_and_address(members: Members) -> None:
    await told(
        members,
        clerks("grace", first_name="Élodie", last_name="van Dyk"),
        clerks("linus", first_name="Straße", last_name=None, username="night-editor"),
        clerks("nora", first_name="Nora", last_name="Dyke"),
    )
    looked_for = {
        "": ["nora", "linus", "grace"],
        "dy": ["nora", "grace"],
        "DYK": ["nora", "grace"],
        "élo dyk": ["grace"],
        "van  é": ["grace"],
        "night-": ["linus"],
        "STRASSE": ["linus"],
        "grace@ex": ["grace"],
        "yk": [],
        "editor": [],
        ".*": [],
        "nora dyke nobody": [],
    }
    assert {q: await found(members, q=q) for q in looked_for} == looked_for


async def test_search_finds_the_name_of_now_and_nobody_who_left(members: Members) -> None:
    await told(members, ada(last_name="Byron"), clerks("bo"))
    later = ada(last_name="Lovelace", updated_at=THEN + 5000)
    await members.deliver("user.updated", later)
    assert (await found(members, q="byron"), await found(members, q="love")) == ([], ["ada"])
    await members.deliver("user.deleted", GONE)
    assert await found(members, q="ada") == []
    [tombstone] = [row for row in await members.stored("users") if row["deleted"]]
    assert tombstone["terms"] == []


async def test_list_by_role_counts_those_of_the_settings_as_administrators(
    members: Members,
) -> None:
    await told(members, clerks("bo"), chief("cy"), clerks("di"), clerks("ed"))
    await members.deliver("user.deleted", {"id": "user_ed"})
    roles = {"admins": "user_di,user_ed,user_unheard_of"}
    assert await found(members, role="admin") == ["cy"]
    assert await found(members, role="admin", **roles) == ["di", "cy"]
    assert await found(members, role="member", **roles) == ["bo"]
    assert await found(members, role="admin", q="d", **roles) == ["di"]
    counted = [
        (await members.ask(count, NOWHERE, by=admin(), admins=named)).json()
        for named in ("", roles["admins"])
    ]
    assert counted == [
        {"count": 3, "roles": {"admin": 1, "member": 2}},
        {"count": 3, "roles": {"admin": 2, "member": 1}},
    ]


async def test_pages_hold_everybody_once_while_others_come(members: Members) -> None:
    await told(members, *(clerks(f"m{n}") for n in range(5)))
    # Made in the same millisecond as the last: the id decides.
    await members.deliver("user.created", clerks("twin", created_at=THEN + 4000))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await members.call(user_list, by=admin(), query=query)).json()
        seen += [one["username"] for one in page["items"]]
        cursor = page["next"]
        late = clerks(f"late{len(seen)}", created_at=THEN + 10**6)
        await members.deliver("user.created", late)
    assert seen == ["twin", "m4", "m3", "m2", "m1", "m0"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"role": "chief"},
        {"cursor": "no cursor"},
        {"q": "a b c d e f"},
        {"q": "x" * 201},
    ],
    ids=str,
)
async def test_list_refuses_what_it_cannot_read(
    members: Members, query: dict[str, Any]
) -> None:
    assert (await members.call(user_list, by=admin(), query=query)).status == 400


async def test_both_are_for_administrators(members: Members) -> None:
    for operation in (user_list, count):
        assert (await members.call(operation, by=visitor())).status == 401
        assert (await members.call(operation, by=member())).status == 403


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ({"deleted": False}, "newest"),
        ({"deleted": False, "role": "admin"}, "newest_of_role"),
        ({"deleted": False, "terms": {"$elemMatch": {"$gte": "a", "$lt": "b"}}}, "terms"),
    ],
)
async def test_lists_and_searches_have_an_index(
    members: Members, where: dict[str, Any], index: str
) -> None:
    await told(members, *(clerks(f"m{n}") for n in range(30)))
    database = members.store.database

    async def explained(collection: Any) -> dict[str, Any]:
        order = [("created_at", -1), ("_id", -1)]
        plan: dict[str, Any] = await collection.find(where).sort(order).limit(3).explain()
        return plan

    plan = await database.collection("users").run(explained)
    assert f"'indexName': '{index}'" in str(plan["queryPlanner"]["winningPlan"])
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


async def test_settings_of_tests_name_no_administrator() -> None:
    assert settings_of().fanfold_admins == frozenset()
