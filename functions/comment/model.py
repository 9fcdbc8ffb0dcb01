"""A comment on a post, and the rules it never breaks.

Of an edited comment its time is kept here, not what it said before: administrators find that in
the event store, where it is redacted with everything else when its author leaves.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared import texts
from shared.errors import Conflict, Forbidden, Invalid, Stale
from shared.ids import new_id

TEXT = 5_000
THREAD = 200  # Replies under one comment, which go with it in one transaction.
CASCADE = 1_000  # Comments and replies that one call deletes.


@dataclass(frozen=True, slots=True)
class KnownPost:
    """What this service knows of a post, and by which of its revisions."""

    id: str
    revision: int
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """The author as readers see them: a snapshot, kept fresh when the member changes."""

    id: str
    name: str
    avatar: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What this service knows of a member, and by which of their revisions."""

    id: str
    name: str
    avatar: str
    revision: int
    deleted: bool = False

    @property
    def author(self) -> Author:
        """The member as author, who must still be one."""
        if self.deleted:
            raise Conflict("a deleted member writes no comments")
        return Author(self.id, self.name, self.avatar)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many comments each post has."""

    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted: list[str]
    unknown: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment; a deleted one is listed, without text and name, while replies hang on it."""

    id: str
    post_id: str
    parent_id: str | None
    text: str
    author: Author
    revision: int
    deleted: bool = False
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
            text=texts.text("text", 1, TEXT, text),
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

    def check_edit(self, by: str, *, expected: int | None = None) -> None:
        """Let its author edit the comment they saw, and nobody put words into their mouth."""
        if by != self.author.id:
            raise Forbidden("only its author may edit a comment")
        self._check_revision(expected)

    def check_deletion(self, by: str, *, admin: bool, expected: int | None = None) -> None:
        """Let its author and administrators delete the comment they saw, and nobody else."""
        if not admin and by != self.author.id:
            raise Forbidden("only its author or an administrator may delete a comment")
        self._check_revision(expected)

    def signed(self, author: Author) -> "Comment":
        return replace(self, author=author)

    def edited(self, text: str, now: datetime) -> "Comment":
        """Give the comment with another text; itself, when it says the same."""
        text = texts.text("text", 1, TEXT, text)
        if text == self.text:
            return self
        return replace(self, text=text, revision=self.revision + 1, edited_at=now)

    def ended(self, now: datetime) -> "Comment":
        """Give the comment at the revision of its deletion, which is its last edit."""
        return replace(self, text="", deleted=True, revision=self.revision + 1, edited_at=now)

    def _check_revision(self, expected: int | None) -> None:
        if expected not in (None, self.revision):
            raise Stale(f"comment {self.id} is at revision {self.revision}, you saw {expected}")
