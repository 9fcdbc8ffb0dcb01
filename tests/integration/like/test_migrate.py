"""like-migrate and like-relay against SurrealDB."""

import asyncio

import pytest

from functions.like.operations import add, migrate, relay
from functions.like.store import Store
from shared.testing import admin, member, service
from tests.integration.like.conftest import POST
from tests.integration.service import Service


async def test_migrate_is_safe_to_run_twice_and_at_once(like: Service[Store]) -> None:
    answers = await asyncio.gather(*(like.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


async def test_relay_sends_what_was_left(
    like: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    like.broker.down = True
    await like.call(add, by=member("user_ada"), json={"post_id": POST})
    assert like.published() == []
    like.broker.down = False
    assert (await like.call(relay, by=service())).json() == {"published": 1}
    assert like.published() == [("like.added", f"like/user_ada/{POST}", 1)]
    assert (await like.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(like: Service[Store]) -> None:
    for operation in (migrate, relay):
        assert (await like.call(operation, by=admin())).status == 403
