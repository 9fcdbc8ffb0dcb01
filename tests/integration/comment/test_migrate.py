"""comment-migrate and comment-relay against MySQL."""

import asyncio

import pytest

from functions.comment.operations import create, migrate, relay
from functions.comment.store import Store
from shared.testing import admin, member, service
from tests.integration.comment.conftest import POST
from tests.integration.service import Service


async def test_migrate_is_safe_to_run_twice_and_at_once(comment: Service[Store]) -> None:
    answers = await asyncio.gather(*(comment.call(migrate, by=service()) for _ in range(4)))
    assert [(answer.status, answer.json()) for answer in answers] == [
        (200, {"applied": []})
    ] * 4


async def test_relay_sends_what_was_left(
    comment: Service[Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The relay leaves fresh events to the call that made them.
    monkeypatch.setattr("shared.outbox._GRACE_SECONDS", 0.0)
    comment.broker.down = True
    text = {"post_id": POST, "text": "Well told."}
    made = (await comment.call(create, by=member("user_ada"), json=text)).json()
    assert comment.published() == []
    comment.broker.down = False
    assert (await comment.call(relay, by=service())).json() == {"published": 1}
    assert comment.published() == [("comment.created", f"comment/{made['id']}", 1)]
    assert (await comment.call(relay, by=service())).json() == {"published": 0}


async def test_both_are_for_the_platform(comment: Service[Store]) -> None:
    for operation in (migrate, relay):
        assert (await comment.call(operation, by=admin())).status == 403
