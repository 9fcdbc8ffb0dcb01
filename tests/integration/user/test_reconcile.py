"""user-reconcile: whatever webhooks were lost, a walk over Clerk's users makes up for them."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from functions.user import model
from functions.user.operations import get, reconcile
from shared.testing import NOW, Answer, admin, member, service, visitor
from tests.integration.user.backend import Asked, Backend, backend, says
from tests.integration.user.conftest import THEN, Members, ada, chief, clerks

EXAMPLE = count()
Json = dict[str, Any]


async def walked(members: Members, there: Backend) -> list[Json]:
    """Call it as often as it asks to be called, and give what it said."""
    said: list[Json] = []
    while not said or said[-1]["again"]:
        answer = await members.ask(reconcile, there.url, by=service())
        assert answer.status == 200, answer.body
        said.append(answer.json())
    return said


def total(said: Sequence[Json]) -> tuple[int, int]:
    return sum(one["changed"] for one in said), sum(one["deleted"] for one in said)


async def kept(members: Members) -> dict[str, tuple[str, str]]:
    rows = await members.stored("users")
    return {row["_id"]: (row["name"], row["role"]) for row in rows if not row["deleted"]}


async def test_a_walk_finds_the_missing_the_stale_and_the_deleted(members: Members) -> None:
    for user in (ada(), clerks("bo"), clerks("gone", created_at=THEN + 1)):
        await members.deliver("user.created", user)
    told = len(members.published())
    users = [ada(first_name="Countess", updated_at=THEN + 1), clerks("bo"), chief("new")]
    async with backend(users=users) as there:
        said = await walked(members, there)
        assert said == [{"checked": 4, "changed": 2, "deleted": 1, "again": False}]
        assert await kept(members) == {
            "user_ada": ("Countess", "member"),
            "user_bo": ("Bo", "member"),
            "user_new": ("New", "admin"),
        }
        assert sorted(members.published()[told:]) == [
            ("user.created", "user/user_new", 1),
            ("user.deleted", "user/user_gone", 2),
            ("user.updated", "user/user_ada", 2),
        ]
        assert (await members.call(get, query={"id": "user_gone"})).status == 404
        # And then there is nothing to make up for.
        assert total(await walked(members, there)) == (0, 0)
    assert len(members.published()) == told + 3


async def test_a_walk_goes_page_by_page_and_remembers_where_it_is(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "WALK", 4)
    users = [clerks(f"m{n}", created_at=THEN + n) for n in range(10)]
    async with backend(users=users) as there:
        first = (await members.ask(reconcile, there.url, by=service())).json()
        assert first == {"checked": 4, "changed": 4, "deleted": 0, "again": True}
        said = [first, *await walked(members, there)]
    assert total(said) == (10, 0)
    assert max(len(one.query.get("user_id", [])) for one in there.asked) <= 4


async def test_many_who_were_made_at_one_moment_are_passed(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "WALK", 4)
    users = [clerks(f"m{n}") for n in range(11)]
    async with backend(users=users) as there:
        assert total(await walked(members, there)) == (11, 0)


async def test_more_than_a_page_of_deleted_members_takes_more_calls(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "WALK", 4)
    for n in range(11):
        await members.deliver("user.created", clerks(f"m{n}", created_at=THEN + n))
    async with backend(users=[clerks("left", created_at=THEN + 50)]) as there:
        said = await walked(members, there)
        assert await kept(members) == {"user_left": ("Left", "member")}
    assert total(said) == (1, 11)
    assert max(one["deleted"] for one in said) <= 4


async def test_nobody_goes_on_the_word_of_a_list(members: Members) -> None:
    """Somebody signed up while the list was on its way: the webhook was faster."""
    await members.deliver("user.created", ada())
    await members.deliver("user.created", clerks("fast", created_at=THEN + 9))

    def plan(asked: Asked) -> tuple[int, dict[str, str], bytes]:
        fast = clerks("fast", created_at=THEN + 9)
        return says(200, [fast] if "user_id" in asked.query else [ada()])

    async with backend(plan=plan) as there:
        assert total(await walked(members, there)) == (0, 0)
    assert set(await kept(members)) == {"user_ada", "user_fast"}


async def test_a_clerk_without_users_empties_nothing(members: Members) -> None:
    await members.deliver("user.created", ada())
    async with backend() as there:
        answer = await members.ask(reconcile, there.url, by=service())
    assert (answer.status, set(await kept(members))) == (503, {"user_ada"})
    assert "another instance" in answer.json()["detail"]


async def test_the_dead_do_not_rise(members: Members) -> None:
    await members.deliver("user.deleted", {"id": "user_ada"})
    async with backend(users=[ada(updated_at=THEN + 10**9)]) as there:
        assert total(await walked(members, there)) == (0, 0)
    assert await kept(members) == {}


async def test_clerk_away_leaves_the_walk_where_it_was(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "WALK", 2)
    async with backend(users=[clerks(f"m{n}", created_at=THEN + n) for n in range(4)]) as there:
        await members.ask(reconcile, there.url, by=service())
        place = await members.store.walk()
        there.plan = lambda _: says(429, retry_after="9")
        answer = await members.ask(reconcile, there.url, by=service())
        assert (answer.status, answer.headers["retry-after"]) == (503, "9")
        assert await members.store.walk() == place != model.Walk()
        there.plan = None
        assert total(await walked(members, there)) == (2, 0)


async def test_rows_of_the_first_schema_learn_their_role(members: Members) -> None:
    await members.deliver("user.created", ada())
    # As the migration leaves a row that was there before roles were.
    before = {"$set": {"updated_at": NOW.fromtimestamp(THEN / 1000 - 0.001, NOW.tzinfo)}}
    await members.store.database.collection("users").update_one({}, before)
    async with backend(users=[ada(public_metadata={"role": "admin"})]) as there:
        assert total(await walked(members, there)) == (1, 0)
    assert await kept(members) == {"user_ada": ("Ada", "admin")}
    assert len(members.published()) == 1


async def test_walks_at_once_and_webhooks_meanwhile_tell_each_thing_once(
    members: Members,
) -> None:
    users = [clerks(f"m{n}", created_at=THEN + n) for n in range(12)]
    async with backend(users=users) as there:
        answers: list[Answer] = await asyncio.gather(
            *(members.ask(reconcile, there.url, by=service()) for _ in range(3)),
            *(members.deliver("user.created", user) for user in users[:6]),
        )
    assert {answer.status for answer in answers} <= {200, 503}
    async with backend(users=users) as there:
        await walked(members, there)
    assert sorted(members.published()) == sorted(
        ("user.created", f"user/{user['id']}", 1) for user in users
    )


async def test_it_is_for_administrators_and_the_platform(members: Members) -> None:
    async with backend(users=[ada()]) as there:
        statuses = [
            (await members.ask(reconcile, there.url, by=caller)).status
            for caller in (visitor(), member(), admin(), service())
        ]
    assert statuses == [401, 403, 200, 200]


WORLD = st.dictionaries(
    st.sampled_from("abcdefghij"),
    st.fixed_dictionaries(
        {
            "made": st.integers(0, 3),
            "told": st.sampled_from(["never", "early", "all"]),
            "left": st.booleans(),
        }
    ),
)


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(world=WORLD, page=st.integers(1, 4))
async def test_after_a_walk_members_are_whom_clerk_knows(
    members: Members, world: Mapping[str, Json], page: int
) -> None:
    example = next(EXAMPLE)
    await members.store.database.collection("users").delete_many({})
    users = []
    for name, life in world.items():
        early = clerks(f"{name}{example}", created_at=THEN + life["made"])
        late = early | {"first_name": "Late", "updated_at": THEN + 10}
        for news in {"never": [], "early": [early], "all": [early, late]}[life["told"]]:
            await members.deliver("user.updated", news)
        if not life["left"]:
            users.append(late)
    # Without anybody it takes the key for another instance's.
    users.append(clerks(f"stays{example}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(model, "WALK", page)
        async with backend(users=users) as there:
            await walked(members, there)
            assert set(await kept(members)) == {user["id"] for user in users}
            names = {user["id"]: user["first_name"] for user in users}
            assert {key: name for key, (name, _) in (await kept(members)).items()} == names
            assert total(await walked(members, there)) == (0, 0)
