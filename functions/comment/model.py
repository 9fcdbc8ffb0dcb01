"""A comment on a post, and the rules it never breaks."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.errors import Invalid
from shared.ids import new_id

TEXT = 5_000


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What this service knows of a post, and by which of its revisions."""

    id: str
    revision: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """The author as readers see them: a snapshot of the moment of writing."""

    id: str
    name: str
    avatar: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member looks like, and by which of their revisions."""

    id: str
    name: str
    avatar: str
    revision: int

    @property
    def author(self) -> Author:
        return Author(self.id, self.name, self.avatar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: str
    post_id: str
    parent_id: str | None
    text: str
    author: Author
    revision: int
    created_at: datetime
    edited_at: datetime | None

    @classmethod
    def write(
        cls, post_id: str, parent_id: str | None, text: str, author: Author, now: datetime
    ) -> "Comment":
        """Make a comment, or say which rule it breaks."""
        return cls(
            id=new_id(now),
            post_id=post_id,
            parent_id=parent_id,
            text=_text("text", text, 1, TEXT),
            author=author,
            revision=1,
            created_at=now,
            edited_at=None,
        )

    def check_parent(self, parent: "Comment") -> None:
        """Threads are one level deep, and do not leave their post."""
        if parent.post_id != self.post_id:
            raise Invalid(f"parent_id must be a comment of the same post, got {parent.id}")
        if parent.parent_id is not None:
            raise Invalid(f"parent_id must not be a reply itself, got {parent.id}")

    def deleted(self, now: datetime) -> "Comment":
        """Give the tombstone: a deletion is a comment's last edit."""
        return replace(self, text="", revision=self.revision + 1, edited_at=now)


def _text(name: str, value: str, least: int, most: int) -> str:
    value = value.strip()
    if not least <= len(value) <= most:
        raise Invalid(f"{name} must have {least} to {most} characters, got {len(value)}")
    return value
