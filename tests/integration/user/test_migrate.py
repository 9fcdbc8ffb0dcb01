"""user-get, user-migrate and user-relay against MongoDB."""

import asyncio

import pytest

from functions.user.operations import get, migrate, relay
from functions.user.store import Store
from shared.databases.mongo import Mongo
from shared.testing import admin, call, service
from tests.integration.user.conftest import Members, ada


async def test_migrate_is_safe_to_run_twice_and_at_once(members: Members) -> None:
    answers = await asyncio.gather(*(members.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


async def test_relay_sends_what_was_left(
    members: Members, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    members.broker.down = True
    assert (await members.deliver("user.created", ada())).status == 200
    assert members.published() == []
    members.broker.down = False
    assert (await members.call(relay, by=service())).json() == {"published": 1}
    assert members.published() == [("user.created", "user/user_ada", 1)]
    assert (await members.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(members: Members) -> None:
    for operation in (migrate, relay):
        assert (await members.call(operation, by=admin())).status == 403


async def test_get_of_a_stranger_is_not_found(members: Members) -> None:
    answer = await members.call(get, query={"id": "user_nobody"})
    assert (answer.status, answer.json()["detail"]) == (404, "no member has the id user_nobody")


@pytest.mark.parametrize("query", [{}, {"id": ""}, {"id": "x" * 192}])
async def test_get_asks_for_an_id(members: Members, query: dict[str, str]) -> None:
    assert (await members.call(get, query=query)).status == 400


async def test_get_without_a_database_says_when_to_come_back() -> None:
    store = Store(Mongo("mongodb://127.0.0.1:9/user?replicaSet=fanfold"))
    answer = await call(get, store=store, query={"id": "user_ada"})
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    await store.database.close()
