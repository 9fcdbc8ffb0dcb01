"""What members tell the others."""

from datetime import UTC, datetime

from functions.user import events
from functions.user.model import User

THEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
ADA = User(
    id="user_ada",
    username="ada",
    name="Ada Lovelace",
    avatar="/a.png",
    email="ada@example.com",
    created_at=THEN,
    updated_at=THEN,
    revision=3,
)


def test_events_carry_id_name_and_avatar_and_never_the_address() -> None:
    seen = {"id": "user_ada", "username": "ada", "name": "Ada Lovelace", "avatar": "/a.png"}
    made = [events.user_created(ADA), events.user_updated(ADA), events.user_deleted(ADA)]
    assert [(e.type, e.subject, e.revision, e.time, e.data) for e in made] == [
        ("user.created", "user/user_ada", 3, THEN, seen),
        ("user.updated", "user/user_ada", 3, THEN, seen),
        ("user.deleted", "user/user_ada", 3, THEN, {"id": "user_ada"}),
    ]
    assert b"ada@example.com" not in b"".join(event.encode() for event in made)
