"""What posts tell the others, and what they are told: entities to messages, and back."""

from typing import Any

from functions.post.model import Post, Profile, Reaction, Status
from proto.comment.v1.events_pb2 import CommentCreated, CommentDeleted
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from proto.post.v1.events_pb2 import (
    Author,
    PostCreated,
    PostDeleted,
    PostPublished,
    PostUpdated,
)
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.events import Event, revision_of


def post_created(post: Post) -> Event | None:
    """Tell of a new post; a draft is nobody's business."""
    if post.status is Status.DRAFT:
        return None
    return _event(post, PostCreated(**_public(post), **_times(post)))


def post_changed(before: Post, after: Post) -> Event | None:
    """Tell that a draft came out, or that a published post changed."""
    if after.status is Status.DRAFT:
        return None
    if before.status is Status.DRAFT:
        return _event(after, PostPublished(**_public(after), **_times(after)))
    updated = PostUpdated(
        **_public(after), featured=after.featured, updated_at=after.updated_at
    )
    return _event(after, updated)


def post_deleted(post: Post) -> Event | None:
    if post.status is Status.DRAFT:
        return None
    return _event(post, PostDeleted(id=post.id, author_id=post.author.id))


def profile(user: UserCreated | UserUpdated | UserDeleted, event: Event | None) -> Profile:
    """Read what the owner of members tells of one."""
    revision = revision_of(event)
    if isinstance(user, UserDeleted):
        return Profile(user.id, "", "", revision, deleted=True)
    return Profile(user.id, user.name, user.avatar, revision)


def reaction(
    told: LikeAdded | LikeRemoved | CommentCreated | CommentDeleted, event: Event
) -> Reaction:
    """Read what the owners of likes and comments tell of one."""
    return Reaction(
        tally="likes" if isinstance(told, LikeAdded | LikeRemoved) else "comments",
        post_id=told.post_id,
        subject=event.subject,
        revision=revision_of(event),
        stands=isinstance(told, LikeAdded | CommentCreated),
    )


def _event(
    post: Post, message: PostCreated | PostPublished | PostUpdated | PostDeleted
) -> Event:
    subject = f"post/{post.id}"
    return Event.of(message, subject=subject, revision=post.revision, time=post.updated_at)


def _public(post: Post) -> dict[str, Any]:
    author = post.author
    return {
        "id": post.id,
        "slug": post.slug,
        "title": post.title,
        "summary": post.summary,
        "author": Author(id=author.id, name=author.name, avatar=author.avatar),
        "cover": post.cover,
        "category": post.category,
        "tags": post.tags,
    }


def _times(post: Post) -> dict[str, Any]:
    return {"created_at": post.created_at, "published_at": post.published_at}
