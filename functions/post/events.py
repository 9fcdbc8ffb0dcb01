"""What posts tell the others, and what they are told: entities to messages, and back."""

from functions.post.model import Post, Profile
from proto.post.v1.events_pb2 import Author, PostCreated, PostDeleted
from proto.user.v1.events_pb2 import UserUpdated
from shared.events import Event, revision_of


def post_created(post: Post) -> Event:
    message = PostCreated(
        id=post.id,
        slug=post.slug,
        title=post.title,
        summary=post.summary,
        author=Author(id=post.author.id, name=post.author.name, avatar=post.author.avatar),
        cover=post.cover,
        category=post.category,
        tags=post.tags,
        created_at=post.created_at,
    )
    return _event(post, message)


def post_deleted(post: Post) -> Event:
    return _event(post, PostDeleted(id=post.id, author_id=post.author.id))


def _event(post: Post, message: PostCreated | PostDeleted) -> Event:
    subject = f"post/{post.id}"
    return Event.of(message, subject=subject, revision=post.revision, time=post.updated_at)


def profile(user: UserUpdated, event: Event | None) -> Profile:
    """Read what the owner of members tells of one."""
    return Profile(user.id, user.name, user.avatar, revision_of(event))
