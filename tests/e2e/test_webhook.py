"""What the webhook's door lets in, and what it turns away."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from svix.webhooks import Webhook

from shared.ids import new_id
from tests.e2e.client import Fanfold, Json, eventually


def signed_up(member: str, *, updated_at: int = 1_790_000_000_000) -> Json:
    """The envelope Clerk sends when somebody signs up."""
    return {
        "type": "user.created",
        "object": "event",
        "timestamp": updated_at,
        "data": {
            "id": member,
            "object": "user",
            "username": member.lower(),
            "first_name": "Hook",
            "last_name": "Reader",
            "image_url": "",
            "primary_email_address_id": "idn_1",
            "email_addresses": [{"id": "idn_1", "email_address": "hook@example.com"}],
            "public_metadata": {},
            "created_at": updated_at,
            "updated_at": updated_at,
        },
    }


def unused_member() -> str:
    return f"user_{new_id().replace('-', '')}"


def test_a_webhook_makes_a_member_once_however_often_it_comes(
    fanfold: Fanfold, admin: str
) -> None:
    member, delivery = unused_member(), f"msg_{new_id()}"

    answers = [fanfold.webhook(signed_up(member), delivery=delivery) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    found = fanfold.ok("user-get", id=member)
    assert (found["id"], found["name"], found["revision"]) == (member, "Hook Reader", 1)
    assert "email" not in str(found)
    events = eventually(
        lambda: fanfold.history(f"user/{member}", admin), lambda seen: len(seen) > 0
    )
    assert [(event["type"], event["revision"]) for event in events] == [("user.created", 1)]
    assert "hook@example.com" not in str(events)


def stale(fanfold: Fanfold, body: bytes, delivery: str) -> dict[str, str]:
    at = datetime.now(UTC) - timedelta(minutes=10)
    signer = Webhook(fanfold.installation.secret("svix-secret"))
    signature = signer.sign(delivery, at, body.decode())
    return {"svix_timestamp": str(int(at.timestamp())), "svix_signature": signature}


@pytest.mark.parametrize(
    "headers",
    [
        {"svix_signature": "v1,bm90IHRoZSBzaWduYXR1cmU="},
        {"svix_signature": "v1,not base64"},
        {"svix_signature": "without a comma"},
        {"svix_signature": ""},
        {"svix_timestamp": "yesterday"},
        {"svix_id": "another"},
    ],
    ids=str,
)
def test_a_forged_webhook_is_refused_and_stores_nothing(
    fanfold: Fanfold, headers: dict[str, Any]
) -> None:
    member = unused_member()
    answer = fanfold.webhook(signed_up(member), **headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert fanfold.call("user-get", id=member).status_code == 404


def test_a_stale_webhook_is_refused_and_stores_nothing(fanfold: Fanfold) -> None:
    member, delivery = unused_member(), f"msg_{new_id()}"
    body = json.dumps(signed_up(member)).encode()
    answer = fanfold.webhook(body, delivery=delivery, **stale(fanfold, body, delivery))
    assert answer.status_code == 400
    assert fanfold.call("user-get", id=member).status_code == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"type": "user.created", "data": {}}', b"null"],
    ids=repr,
)
def test_a_malformed_webhook_is_refused(fanfold: Fanfold, body: bytes) -> None:
    assert fanfold.webhook(body).status_code == 400
