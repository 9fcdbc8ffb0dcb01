"""What a like's events carry, and what a post's events tell likes."""

from datetime import UTC, datetime

import pytest

from functions.like import events
from functions.like.model import KnownMember, KnownPost, Like
from proto.post.v1.events_pb2 import PostCreated, PostDeleted, PostPublished
from proto.user.v1.events_pb2 import UserDeleted
from shared.errors import Invalid
from shared.events import Event

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
LIKE = Like(post_id="p", user_id="user_ada", liked=True, revision=3, changed_at=NOW)


def test_both_events_belong_to_the_pair_of_member_and_post() -> None:
    added, removed = events.like_added(LIKE), events.like_removed(LIKE.turned(NOW))
    assert [(e.type, e.subject, e.revision, e.time) for e in (added, removed)] == [
        ("like.added", "like/user_ada/p", 3, NOW),
        ("like.removed", "like/user_ada/p", 4, NOW),
    ]
    assert added.data == removed.data == {"post_id": "p", "user_id": "user_ada"}


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


def test_known_member_is_one_who_left() -> None:
    event = Event.of(UserDeleted(id="u"), subject="user/u", revision=5, time=NOW)
    known = events.known_member(UserDeleted(id="u"), event)
    assert known == KnownMember("u", 5, deleted=True)
