"""What a post's events carry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.post import events
from functions.post.model import Author, Post, Profile, Status, Writing
from proto.user.v1.events_pb2 import UserDeleted, UserUpdated
from shared.errors import Invalid
from shared.events import Event

NOW = datetime(2026, 11, 22, 10, 30, 0, 250_000, UTC)
LATER = NOW + timedelta(hours=1)
POST = Post.write(
    Writing(title="Looms", content="It weaves.", category="Essays", tags=("a", "b")),
    Author("user_ada", "Ada", "https://img.test/ada.png"),
    NOW,
)


DRAFT = replace(POST, status=Status.DRAFT, published_at=None)
PUBLIC = {
    "id": POST.id,
    "slug": "looms",
    "title": "Looms",
    "summary": "",
    "author": {"id": "user_ada", "name": "Ada", "avatar": "https://img.test/ada.png"},
    "cover": "",
    "category": "Essays",
    "tags": ["a", "b"],
}


def told(event: Event | None) -> tuple[str, str, int | None, datetime, str, object]:
    assert event is not None
    return (
        event.type,
        event.subject,
        event.revision,
        event.time,
        event.dataschema.removeprefix("proto:fanfold.post.v1."),
        event.data,
    )


def test_post_created_tells_what_readers_see_but_the_content() -> None:
    times = {
        "created_at": "2026-11-22T10:30:00.250Z",
        "published_at": "2026-11-22T10:30:00.250Z",
    }
    subject = f"post/{POST.id}"
    assert told(events.post_created(POST)) == (
        *("post.created", subject, 1, NOW, "PostCreated"),
        {**PUBLIC, **times},
    )


def test_post_published_tells_the_same_when_a_draft_comes_out() -> None:
    times = {
        "created_at": "2026-11-22T10:30:00.250Z",
        "published_at": "2026-11-22T11:30:00.250Z",
    }
    published = DRAFT.edited(LATER, status=Status.PUBLISHED)
    assert told(events.post_changed(DRAFT, published)) == (
        *("post.published", f"post/{POST.id}", 2, LATER, "PostPublished"),
        {**PUBLIC, **times},
    )


def test_post_updated_tells_what_readers_see_now() -> None:
    featured = POST.edited(LATER, featured=True)
    assert told(events.post_changed(POST, featured)) == (
        *("post.updated", f"post/{POST.id}", 2, LATER, "PostUpdated"),
        {**PUBLIC, "featured": True, "updated_at": "2026-11-22T11:30:00.250Z"},
    )


def test_post_deleted_happened_when_the_tombstone_was_set() -> None:
    assert told(events.post_deleted(POST.ended(LATER))) == (
        *("post.deleted", f"post/{POST.id}", 2, LATER, "PostDeleted"),
        {"id": POST.id, "author_id": "user_ada"},
    )


def test_of_a_draft_nothing_is_told() -> None:
    edited = DRAFT.edited(LATER, title="Anew")
    assert events.post_created(DRAFT) is None
    assert events.post_changed(DRAFT, edited) is None
    assert events.post_deleted(edited.ended(LATER)) is None


def test_a_deleted_member_has_no_name() -> None:
    event = Event.of(UserDeleted(id="user_ada"), subject="user/user_ada", revision=8, time=NOW)
    profile = events.profile(UserDeleted(id="user_ada"), event)
    assert profile == Profile("user_ada", "", "", 8, deleted=True)


def test_profile_has_the_revision_of_its_event() -> None:
    user = UserUpdated(id="user_ada", username="ada", name="Ada L.", avatar="")
    event = Event.of(user, subject="user/user_ada", revision=7, time=NOW)
    assert events.profile(user, event) == Profile("user_ada", "Ada L.", "", 7)


def test_profile_refuses_an_event_without_a_revision() -> None:
    user = UserUpdated(id="user_ada")
    event = Event.of(user, subject="user/user_ada", revision=None, time=NOW)
    with pytest.raises(Invalid):
        events.profile(user, event)
