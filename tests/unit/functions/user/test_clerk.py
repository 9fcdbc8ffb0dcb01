"""What is read out of Clerk's words, and how its refusals become ours."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.user import clerk
from functions.user.model import User
from shared.errors import Invalid

THEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
MILLISECONDS = int(THEN.timestamp() * 1000)
CLERKS = {
    "id": "user_ada",
    "object": "user",
    "username": "ada",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "image_url": "/a.png",
    "primary_email_address_id": "idn_2",
    "email_addresses": [
        {"id": "idn_1", "email_address": "old@example.com"},
        {"id": "idn_2", "email_address": "ada@example.com", "verification": None},
    ],
    "public_metadata": {"role": "admin"},
    "created_at": MILLISECONDS,
    "updated_at": MILLISECONDS,
}


def webhook(data: Any, kind: str = "user.created") -> clerk.Webhook:
    return clerk.webhook(json.dumps({"type": kind, "data": data, "object": "event"}).encode())


def test_told_reads_a_user_of_clerk() -> None:
    assert clerk.told(webhook(CLERKS)) == User(
        id="user_ada",
        username="ada",
        name="Ada Lovelace",
        avatar="/a.png",
        email="ada@example.com",
        created_at=THEN,
        updated_at=THEN,
        role="admin",
    )


def test_told_takes_a_user_who_gave_nothing() -> None:
    bare = {"id": "user_ada", "created_at": 0, "updated_at": 0, "username": None}
    user = clerk.told(webhook(bare | {"first_name": None, "image_url": None}))
    assert (user.username, user.name, user.avatar, user.email) == ("", "Member er_ada", "", "")


def test_gone_reads_the_little_that_clerk_says_of_the_deleted() -> None:
    assert (
        clerk.gone(webhook({"id": "user_ada", "deleted": True}, "user.deleted")) == "user_ada"
    )


@pytest.mark.parametrize(
    "data",
    [
        {},
        [],
        None,
        CLERKS | {"id": 7},
        CLERKS | {"id": ""},
        CLERKS | {"updated_at": "today"},
        CLERKS | {"updated_at": 10**18},
        CLERKS | {"email_addresses": "ada@example.com"},
        CLERKS | {"id": "user_\0"},
        CLERKS | {"username": "a\0da"},
        CLERKS | {"image_url": "https://img.test/\0"},
    ],
)
def test_told_refuses_what_is_no_user(data: Any) -> None:
    with pytest.raises(Invalid):
        clerk.told(webhook(data))


DEEP = b'{"type":"user.created","data":' + b'{"a":' * 50_000


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b"null", b'{"type": 1}', DEEP])
def test_webhook_refuses_what_is_no_envelope(body: bytes) -> None:
    with pytest.raises(Invalid, match="must have the shape of Clerk's"):
        clerk.webhook(body)
