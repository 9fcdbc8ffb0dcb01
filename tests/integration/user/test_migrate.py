"""user-get, user-migrate and user-relay against MongoDB."""

import asyncio
from dataclasses import replace
from pathlib import Path
from shutil import copy
from typing import Any
from urllib.parse import urlsplit

import pymongo
import pytest

from functions.user.operations import get, migrate, relay
from functions.user.store import SCHEMA, Store
from shared.databases.mongo import Mongo
from shared.testing import NOW, admin, call, service
from tests.integration.user.conftest import Members, ada


async def test_migrate_is_safe_to_run_twice_and_at_once(members: Members) -> None:
    answers = await asyncio.gather(*(members.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


async def test_members_of_the_first_schema_are_found_and_learn_their_role(
    members: Members, tmp_path: Path
) -> None:
    name = f"{urlsplit(members.url).path[1:]}_before"
    before = Mongo(urlsplit(members.url)._replace(path=f"/{name}").geturl())
    store = Store(before)
    copy(SCHEMA / "0001_initial.json", tmp_path)
    try:
        await before.migrate(tmp_path)
        row = {
            "username": "ada",
            "name": "Ada Lovelace",
            "avatar": "",
            "email": "Ada@Example.com",
            "created_at": NOW,
            "updated_at": NOW,
            "revision": 3,
            "deleted": False,
        }
        await before.collection("users").insert_one({"_id": "user_ada", **row})
        assert await before.migrate(SCHEMA) == ["0002_roles_search.json"]
        for word in ("ada@ex", "love"):
            found = await store.page([word], None, frozenset(), None, 10)
            assert [one.role for one in found.items] == ["member"]
        # What Clerk says of this very moment was known without its role: it is news.
        known = await store.get("user_ada")
        assert known.believes(replace(known, updated_at=NOW, role="admin"))
        assert await before.migrate(SCHEMA) == []
        assert (await store.get("user_ada")).updated_at == known.updated_at
    finally:
        await before.close()
        async with pymongo.AsyncMongoClient[dict[str, Any]](members.url) as admin:
            await admin.drop_database(name)


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
