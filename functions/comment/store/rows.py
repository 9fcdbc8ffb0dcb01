"""Rows of comments, posts and authors to entities, and back."""

from functions.comment.model import Author, Comment, KnownPost, Profile
from shared.databases.mysql import Row

NOBODY = Author("", "", "")


def comment_of(row: Row) -> Comment:
    deleted = bool(row["deleted"])
    author = Author(row["author_id"], row["author_name"], row["author_avatar"])
    return Comment(
        id=row["id"],
        post_id=row["post_id"],
        parent_id=row["parent_id"],
        text=row["text"],
        author=NOBODY if deleted else author,
        revision=row["revision"],
        deleted=deleted,
        created_at=row["created_at"],
        edited_at=row["edited_at"],
    )


def comment_values(comment: Comment, author: Profile) -> tuple[object, ...]:
    place = (comment.id, comment.post_id, comment.parent_id, comment.text)
    signature = (author.id, author.name, author.avatar, author.revision)
    return *place, *signature, comment.revision, comment.created_at


def post_of(row: Row) -> KnownPost:
    return KnownPost(row["id"], row["revision"], deleted=bool(row["deleted"]))


def profile_of(row: Row) -> Profile:
    return Profile(**{**row, "deleted": bool(row["deleted"])})
