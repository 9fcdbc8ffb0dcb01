"""Administrators who go at once: one of them always stays."""

import asyncio
from datetime import timedelta

import pytest

from functions.user.model import LastAdministrator
from functions.user.operations import set_role
from shared.testing import NOW, admin
from tests.integration.user.backend import backend, says
from tests.integration.user.conftest import THEN, Members, chief, clerks

NAMES = ("ada", "bo", "cy")


async def test_of_three_who_demote_each_other_one_stays(members: Members) -> None:
    for name in NAMES:
        await members.deliver("user.created", chief(name))
    async with backend(plan=lambda _: says(200, {"id": "user_x"})) as there:
        answers = await asyncio.gather(
            *(
                members.ask(
                    set_role,
                    there.url,
                    json={"id": f"user_{name}", "role": "member"},
                    by=admin(f"user_{NAMES[NAMES.index(name) - 1]}"),
                )
                for name in NAMES
            )
        )
    assert sorted(answer.status for answer in answers) == [202, 202, 409]
    assert len(there.asked) == 2


async def test_who_was_let_go_counts_again_when_nothing_came_of_it(members: Members) -> None:
    for name in ("ada", "bo"):
        await members.deliver("user.created", chief(name))
    await members.store.resign("user_ada", frozenset(), NOW)
    with pytest.raises(LastAdministrator):
        await members.store.resign("user_bo", frozenset(), NOW)
    # The same one may ask twice.
    await members.store.resign("user_ada", frozenset(), NOW)
    await members.store.resign("user_bo", frozenset(), NOW + timedelta(minutes=6))


async def test_news_of_clerk_makes_and_unmakes_administrators(members: Members) -> None:
    async def administers() -> bool:
        return await members.store.administers("user_ada", frozenset())

    steps = [
        ("user.created", clerks("ada"), False),
        ("user.updated", chief("ada", updated_at=THEN + 2), True),
        ("user.updated", clerks("ada", updated_at=THEN + 1), True),
        ("user.updated", clerks("ada", updated_at=THEN + 3), False),
    ]
    for kind, user, expected in steps:
        await members.deliver(kind, user)
        assert await administers() is expected
    # A role is nobody's business but the administrators': nothing is told of it.
    assert members.published() == [("user.created", "user/user_ada", 1)]
