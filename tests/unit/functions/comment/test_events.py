"""What a comment's events carry, and what a post's events tell comments."""

from datetime import UTC, datetime, timedelta

import pytest

from functions.comment import events
from functions.comment.model import Author, Comment, KnownPost, Profile
from proto.post.v1.events_pb2 import PostCreated, PostDeleted, PostPublished
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.errors import Invalid
from shared.events import Event

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
COMMENT = Comment.write("p", None, "Well told.", Author("user_ada", "Ada", ""), NOW)


def test_comment_created_tells_the_whole_comment() -> None:
    event = events.comment_created(COMMENT)
    assert (event.type, event.subject, event.revision, event.time) == (
        "comment.created",
        f"comment/{COMMENT.id}",
        1,
        NOW,
    )
    assert event.data == {
        "id": COMMENT.id,
        "post_id": "p",
        "parent_id": "",
        "text": "Well told.",
        "author": {"id": "user_ada", "name": "Ada", "avatar": ""},
        "created_at": "2026-11-22T10:30:00Z",
    }


def test_comment_updated_tells_the_whole_comment_anew() -> None:
    event = events.comment_updated(COMMENT.edited("Better told.", LATER))
    assert (event.type, event.subject, event.revision, event.time) == (
        "comment.updated",
        f"comment/{COMMENT.id}",
        2,
        LATER,
    )
    assert event.data == {
        "id": COMMENT.id,
        "post_id": "p",
        "parent_id": "",
        "text": "Better told.",
        "author": {"id": "user_ada", "name": "Ada", "avatar": ""},
        "edited_at": "2026-11-22T11:30:00Z",
    }


def test_comment_deleted_happened_when_the_tombstone_was_set() -> None:
    event = events.comment_deleted(COMMENT.ended(LATER))
    assert (event.type, event.subject, event.revision, event.time, event.data) == (
        "comment.deleted",
        f"comment/{COMMENT.id}",
        2,
        LATER,
        {"id": COMMENT.id, "post_id": "p", "author_id": "user_ada"},
    )


@pytest.mark.parametrize(
    ("message", "known"),
    [
        (PostCreated(id="p"), KnownPost("p", 5)),
        (PostPublished(id="p"), KnownPost("p", 5)),
        (PostDeleted(id="p"), KnownPost("p", 5, deleted=True)),
    ],
)
def test_known_post_has_the_revision_of_its_event(
    message: PostCreated | PostPublished | PostDeleted, known: KnownPost
) -> None:
    event = Event.of(message, subject="post/p", revision=5, time=NOW)
    assert events.known_post(message, event) == known


def test_known_post_refuses_an_event_without_a_revision() -> None:
    event = Event.of(PostCreated(id="p"), subject="post/p", revision=None, time=NOW)
    with pytest.raises(Invalid):
        events.known_post(PostCreated(id="p"), event)


@pytest.mark.parametrize(
    ("message", "profile"),
    [
        (UserCreated(id="u", name="Ada", avatar="/a"), Profile("u", "Ada", "/a", 5)),
        (UserUpdated(id="u", name="Ada", avatar="/a"), Profile("u", "Ada", "/a", 5)),
        (UserDeleted(id="u"), Profile("u", "", "", 5, deleted=True)),
    ],
)
def test_profile_has_the_revision_of_its_event(
    message: UserCreated | UserUpdated | UserDeleted, profile: Profile
) -> None:
    event = Event.of(message, subject="user/u", revision=5, time=NOW)
    assert events.profile(message, event) == profile
