"""post-migrate and post-relay against PostgreSQL."""

import asyncio

import pytest

from functions.post.operations import create, migrate, relay
from functions.post.store import Store
from shared.testing import admin, member, service
from tests.integration.service import Service


async def test_migrate_is_safe_to_run_twice_and_at_once(post: Service[Store]) -> None:
    answers = await asyncio.gather(*(post.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


async def test_relay_sends_what_was_left(
    post: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    post.broker.down = True
    draft = {"title": "Looms", "content": "It weaves."}
    made = (await post.call(create, by=member("user_ada"), json=draft)).json()
    assert post.published() == []
    post.broker.down = False
    assert (await post.call(relay, by=service())).json() == {"published": 1}
    assert post.published() == [("post.created", f"post/{made['id']}", 1)]
    assert (await post.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(post: Service[Store]) -> None:
    for operation in (migrate, relay):
        assert (await post.call(operation, by=admin())).status == 403
