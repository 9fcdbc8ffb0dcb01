"""What a post's events carry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.post import events
from functions.post.model import Author, Draft, Post, Profile
from proto.user.v1.events_pb2 import UserUpdated
from shared.errors import Invalid
from shared.events import Event

NOW = datetime(2026, 11, 22, 10, 30, 0, 250_000, UTC)
LATER = NOW + timedelta(hours=1)
POST = Post.write(
    Draft(title="Looms", content="It weaves.", category="Essays", tags=("a", "b")),
    Author("user_ada", "Ada", "https://img.test/ada.png"),
    NOW,
)


def test_post_created_tells_what_readers_see_but_the_content() -> None:
    event = events.post_created(POST)
    assert (event.type, event.subject, event.revision, event.time, event.dataschema) == (
        "post.created",
        f"post/{POST.id}",
        1,
        NOW,
        "proto:fanfold.post.v1.PostCreated",
    )
    assert event.data == {
        "id": POST.id,
        "slug": "looms",
        "title": "Looms",
        "summary": "",
        "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
        "cover": "",
        "category": "Essays",
        "tags": ["a", "b"],
        "created_at": "2026-11-22T10:30:00.250Z",
    }


def test_post_deleted_happened_when_the_tombstone_was_set() -> None:
    event = events.post_deleted(replace(POST, revision=2, updated_at=LATER))
    assert (event.type, event.subject, event.revision, event.time, event.data) == (
        "post.deleted",
        f"post/{POST.id}",
        2,
        LATER,
        {"id": POST.id, "author_id": "user_ada"},
    )


def test_profile_has_the_revision_of_its_event() -> None:
    user = UserUpdated(id="user_ada", username="ada", name="Ada L.", avatar="")
    event = Event.of(user, subject="user/user_ada", revision=7, time=NOW)
    assert events.profile(user, event) == Profile("user_ada", "Ada L.", "", 7)


def test_profile_refuses_an_event_without_a_revision() -> None:
    user = UserUpdated(id="user_ada")
    event = Event.of(user, subject="user/user_ada", revision=None, time=NOW)
    with pytest.raises(Invalid):
        events.profile(user, event)
