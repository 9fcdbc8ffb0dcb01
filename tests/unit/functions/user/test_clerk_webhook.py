"""What the webhook lets in, and what it makes of it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from svix.webhooks import Webhook

from functions.user.model import User
from functions.user.operations import clerk_webhook
from shared.databases import unit
from shared.testing import NOW, Answer, call, settings_of

SECRET = "whsec_" + base64.b64encode(b"the secret of these tests").decode()
SETTINGS = settings_of(secrets={"svix-secret": SECRET})
KEY = "user-clerk-webhook msg_1"
USER = {"id": "user_ada", "username": "ada", "created_at": 1, "updated_at": 1}


class Telling:
    """Notes what the store was asked, and under which key."""

    database = None

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def tell(self, news: User, **_: object) -> bool:
        self.asked.append(("tell", news.id, next(iter(unit.current().keys), None)))
        return True

    async def delete(self, user_id: str, now: datetime, **_: object) -> bool:
        self.asked.append(("delete", user_id, now, next(iter(unit.current().keys), None)))
        return False


@pytest.fixture
def store() -> Telling:
    return Telling()


def signed(body: bytes, at: datetime | None = None) -> dict[str, str]:
    # svix looks at the real clock, which cannot be turned.
    at = at or datetime.now(UTC)
    return {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": Webhook(SECRET).sign("msg_1", at, body.decode()),
    }


async def deliver(store: Telling, body: bytes, headers: dict[str, str]) -> Answer:
    return await call(clerk_webhook, store=store, body=body, headers=headers, settings=SETTINGS)


def of(kind: str, data: Any) -> bytes:
    return json.dumps({"type": kind, "data": data}).encode()


@pytest.mark.parametrize("kind", ["user.created", "user.updated"])
async def test_news_of_a_user_reaches_the_store(store: Telling, kind: str) -> None:
    body = of(kind, USER)
    answer = await deliver(store, body, signed(body))
    assert (answer.status, answer.json()) == (200, {"changed": True})
    assert store.asked == [("tell", "user_ada", KEY)]


async def test_deletion_reaches_the_store(store: Telling) -> None:
    body = of("user.deleted", {"id": "user_ada", "deleted": True})
    answer = await deliver(store, body, signed(body))
    assert (answer.status, answer.json()) == (200, {"changed": False})
    assert store.asked == [("delete", "user_ada", NOW, KEY)]


async def test_other_events_of_clerk_are_ignored(store: Telling) -> None:
    body = of("session.created", {"id": "sess_1"})
    answer = await deliver(store, body, signed(body))
    assert (answer.status, answer.json()) == (200, {"ignored": True})
    assert store.asked == []


@pytest.mark.parametrize(
    "forged",
    [
        {"svix-signature": "v1,bm90IHRoZSBzaWduYXR1cmU="},
        {"svix-signature": "v1,not base64"},
        {"svix-signature": "without a comma"},
        {"svix-signature": ""},
        {"svix-signature": "v1,\u00e9"},
        {"svix-signature": "v2,AAAA"},
        {"svix-timestamp": "yesterday"},
        {"svix-timestamp": "9" * 400},
        {"svix-timestamp": ""},
        {"svix-id": "msg_2"},
        {"svix-id": ""},
    ],
    ids=str,
)
async def test_forged_webhook_is_refused(store: Telling, forged: dict[str, str]) -> None:
    body = of("user.created", USER)
    answer = await deliver(store, body, signed(body) | forged)
    assert (answer.status, answer.json()["detail"]) == (
        400,
        "the webhook's signature does not verify",
    )
    assert store.asked == []


async def test_changed_body_is_refused(store: Telling) -> None:
    body = of("user.created", USER)
    answer = await deliver(store, body.replace(b"ada", b"eve"), signed(body))
    assert answer.status == 400


async def test_body_that_is_no_text_is_refused(store: Telling) -> None:
    assert (await deliver(store, b"\xff\xfe", signed(b""))).status == 400


async def test_headers_of_another_scheme_are_not_taken(store: Telling) -> None:
    body = of("user.created", USER)
    renamed = {name.replace("svix", "webhook"): value for name, value in signed(body).items()}
    assert (await deliver(store, body, renamed)).status == 400


@pytest.mark.parametrize("minutes", [-6, 6])
async def test_stale_webhook_is_refused(store: Telling, minutes: int) -> None:
    body = of("user.created", USER)
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert (await deliver(store, body, signed(body, at))).status == 400
    assert store.asked == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", of("user.created", {})])
async def test_signed_body_of_another_shape_is_refused(store: Telling, body: bytes) -> None:
    answer = await deliver(store, body, signed(body))
    assert answer.status == 400
    assert store.asked == []


async def test_body_over_the_limit_is_refused(store: Telling) -> None:
    body = of("user.created", USER | {"bio": "x" * 262_144})
    assert (await deliver(store, body, signed(body))).status == 413


async def test_unusable_secret_is_not_the_callers_doing(store: Telling) -> None:
    body = of("user.created", USER)
    broken = settings_of(secrets={"svix-secret": "whsec_?"})
    answer = await call(
        clerk_webhook, store=store, body=body, headers=signed(body), settings=broken
    )
    assert answer.status == 500
