"""What comments tell the others, and what they are told: entities to messages, and back."""

from functions.comment.model import Comment, KnownPost
from proto.comment.v1.events_pb2 import Author, CommentCreated, CommentDeleted
from proto.post.v1.events_pb2 import PostCreated, PostDeleted
from shared.events import Event, revision_of


def comment_created(comment: Comment) -> Event:
    author = comment.author
    message = CommentCreated(
        id=comment.id,
        post_id=comment.post_id,
        parent_id=comment.parent_id or "",
        text=comment.text,
        author=Author(id=author.id, name=author.name, avatar=author.avatar),
        created_at=comment.created_at,
    )
    return _event(comment, message)


def comment_deleted(comment: Comment) -> Event:
    message = CommentDeleted(
        id=comment.id, post_id=comment.post_id, author_id=comment.author.id
    )
    return _event(comment, message)


def _event(comment: Comment, message: CommentCreated | CommentDeleted) -> Event:
    subject = f"comment/{comment.id}"
    time = comment.edited_at or comment.created_at
    return Event.of(message, subject=subject, revision=comment.revision, time=time)


def known_post(post: PostCreated | PostDeleted, event: Event | None) -> KnownPost:
    """Read what the owner of posts tells of one."""
    return KnownPost(post.id, revision_of(event), deleted=isinstance(post, PostDeleted))
