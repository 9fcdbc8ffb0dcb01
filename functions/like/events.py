"""What likes tell the others, and what they are told: entities to messages, and back."""

from functions.like.model import KnownMember, KnownPost, Like
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from proto.post.v1.events_pb2 import PostCreated, PostDeleted, PostPublished
from proto.user.v1.events_pb2 import UserDeleted
from shared.events import Event, revision_of


def like_added(like: Like) -> Event:
    return _event(like, LikeAdded(post_id=like.post_id, user_id=like.user_id))


def like_removed(like: Like) -> Event:
    return _event(like, LikeRemoved(post_id=like.post_id, user_id=like.user_id))


def _event(like: Like, message: LikeAdded | LikeRemoved) -> Event:
    subject = f"like/{like.user_id}/{like.post_id}"
    return Event.of(message, subject=subject, revision=like.revision, time=like.changed_at)


def known_post(
    post: PostCreated | PostPublished | PostDeleted, event: Event | None
) -> KnownPost:
    """Read what the owner of posts tells of one."""
    return KnownPost(post.id, revision_of(event), deleted=isinstance(post, PostDeleted))


def known_member(user: UserDeleted, event: Event | None) -> KnownMember:
    """Read that the owner of members tells of one who left."""
    return KnownMember(user.id, revision_of(event), deleted=True)
