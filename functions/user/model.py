"""A member as Clerk tells of them, and what may follow from a change."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from shared.errors import Invalid

ID = 191
NAME = 200
AVATAR = 2_000


@dataclass(frozen=True, slots=True)
class Profile:
    """What everybody may see of a member."""

    id: str
    username: str
    name: str
    avatar: str
    revision: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A member; `updated_at` is Clerk's, and only news that is younger is believed.

    The revision counts what others were told of: it moves with name and picture, and not when
    somebody signs in again or changes the e-mail address.
    """

    id: str
    username: str
    name: str
    avatar: str
    email: str
    created_at: datetime
    updated_at: datetime
    revision: int = 1
    deleted: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.id) <= ID:
            raise Invalid(f"a member's id must have 1 to {ID} characters, got {len(self.id)}")
        # Others keep these where no such character can be: their event would never pass.
        if any("\0" in text for text in (self.id, self.username, self.avatar, self.email)):
            raise Invalid("a member's texts must not hold the character U+0000")

    @classmethod
    def unknown(cls, user_id: str, now: datetime) -> "User":
        """Make the tombstone of somebody whose creation comes too late to count."""
        return cls(
            id=user_id,
            username="",
            name="",
            avatar="",
            email="",
            created_at=now,
            updated_at=now,
            revision=0,
            deleted=True,
        )

    @property
    def profile(self) -> Profile:
        return Profile(
            self.id, self.username, self.name, self.avatar, self.revision, self.created_at
        )

    def believes(self, news: "User") -> bool:
        """Whether the news is younger than what is known; the dead do not rise."""
        return not self.deleted and news.updated_at > self.updated_at

    def changed(self, news: "User") -> "User":
        """Give the member after the news, one revision on if others can see the difference."""
        seen = (news.username, news.name, news.avatar)
        step = 0 if seen == (self.username, self.name, self.avatar) else 1
        return replace(news, created_at=self.created_at, revision=self.revision + step)

    def gone(self, now: datetime) -> "User":
        """Give the tombstone: nothing of the person stays in it."""
        nobody = User.unknown(self.id, now)
        return replace(nobody, created_at=self.created_at, revision=self.revision + 1)


def name_of(user_id: str, username: str, *names: str) -> str:
    """Give the name that readers see; who told none goes by the username."""
    # What cannot be printed has no place in a name, and some databases refuse to store it.
    plain = "".join(letter if letter.isprintable() else " " for letter in " ".join(names))
    return " ".join(plain.split())[:NAME] or username or f"Member {user_id[-6:]}"


def avatar_of(url: str) -> str:
    """Give the address of the picture, or none where a page could not show it."""
    return url if len(url) <= AVATAR and re.match(r"https?://[^/\s]|/(?!/)", url) else ""
