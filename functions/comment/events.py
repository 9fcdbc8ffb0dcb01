"""What comments tell the others, and what they are told: entities to messages, and back."""

from typing import Any

from functions.comment.model import Comment, KnownPost, Profile
from proto.comment.v1.events_pb2 import Author, CommentCreated, CommentDeleted, CommentUpdated
from proto.post.v1.events_pb2 import PostCreated, PostDeleted, PostPublished
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.events import Event, revision_of


def comment_created(comment: Comment) -> Event:
    message = CommentCreated(**_public(comment), created_at=comment.created_at)
    return _event(comment, message)


def comment_updated(comment: Comment) -> Event:
    message = CommentUpdated(**_public(comment), edited_at=comment.edited_at)
    return _event(comment, message)


def comment_deleted(comment: Comment) -> Event:
    message = CommentDeleted(
        id=comment.id, post_id=comment.post_id, author_id=comment.author.id
    )
    return _event(comment, message)


def _event(
    comment: Comment, message: CommentCreated | CommentUpdated | CommentDeleted
) -> Event:
    subject = f"comment/{comment.id}"
    time = comment.edited_at or comment.created_at
    return Event.of(message, subject=subject, revision=comment.revision, time=time)


def _public(comment: Comment) -> dict[str, Any]:
    author = comment.author
    return {
        "id": comment.id,
        "post_id": comment.post_id,
        "parent_id": comment.parent_id or "",
        "text": comment.text,
        "author": Author(id=author.id, name=author.name, avatar=author.avatar),
    }


def known_post(
    post: PostCreated | PostPublished | PostDeleted, event: Event | None
) -> KnownPost:
    """Read what the owner of posts tells of one."""
    return KnownPost(post.id, revision_of(event), deleted=isinstance(post, PostDeleted))


def profile(user: UserCreated | UserUpdated | UserDeleted, event: Event | None) -> Profile:
    """Read what the owner of members tells of one."""
    revision = revision_of(event)
    if isinstance(user, UserDeleted):
        return Profile(user.id, "", "", revision, deleted=True)
    return Profile(user.id, user.name, user.avatar, revision)
