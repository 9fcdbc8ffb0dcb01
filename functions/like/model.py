"""A member's like of a post, and the rules it never breaks."""

from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What this service knows of a post, and by which of its revisions."""

    id: str
    revision: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class KnownMember:
    """What this service knows of a member; the living ones need not be known."""

    id: str
    revision: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How a member stands to a post."""

    post_id: str
    liked: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many like each post, and which of the posts the caller likes."""

    counts: dict[str, int]
    mine: list[str]


@dataclass(frozen=True, slots=True)
class Liker:
    """Somebody who likes a post, and since when."""

    user_id: str
    liked_at: datetime


@dataclass(frozen=True, slots=True)
class LikedPost:
    """A post that somebody likes, and since when."""

    post_id: str
    liked_at: datetime


@dataclass(frozen=True, slots=True)
class Removal:
    """Which likes were taken back, and of which posts there was none."""

    removed: list[str]
    unknown: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """The one like of a member and a post: taken back it stays, so that revisions count on."""

    post_id: str
    user_id: str
    liked: bool = False
    revision: int = 0
    changed_at: datetime

    @property
    def standing(self) -> Standing:
        return Standing(self.post_id, self.liked, self.revision)

    def turned(self, now: datetime) -> "Like":
        """Give the like taken back, or given again."""
        return replace(self, liked=not self.liked, revision=self.revision + 1, changed_at=now)
