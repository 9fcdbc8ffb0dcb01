"""Records of likes and posts to entities."""

from collections.abc import Mapping
from typing import Any

from functions.like.model import KnownPost, Like, LikedPost, Liker

Row = Mapping[str, Any]


def like_of(row: Row) -> Like:
    return Like(
        post_id=row["post"],
        user_id=row["user"],
        liked=row["liked"],
        revision=row["revision"],
        changed_at=row["changed_at"],
    )


def liked_post_of(row: Row) -> LikedPost:
    return LikedPost(row["post"], row["changed_at"])


def liker_of(row: Row) -> Liker:
    return Liker(row["user"], row["changed_at"])


def post_of(row: Row) -> KnownPost:
    return KnownPost(**row)
