"""A member as Clerk tells of them, and what may follow from a change."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.errors import Conflict, Invalid

ID = 191
# What may become part of a path of Clerk's.
ID_PATTERN = r"^[A-Za-z0-9_-]{1,191}$"
NAME = 200
AVATAR = 2_000
QUERY = 200
WORDS = 5
# Of Clerk's users, what is looked at in one call of the walk over them.
WALK = 100

Role = Literal["member", "admin"]


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
class Member:
    """What administrators see of a member."""

    id: str
    username: str
    name: str
    avatar: str
    email: str
    role: Role
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Counted:
    """How many members there are, and how many of each role."""

    count: int
    roles: dict[str, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """What Clerk was asked to do with a member: the webhook tells of it when it is done."""

    id: str


@dataclass(frozen=True, slots=True)
class Walk:
    """How far the walk over Clerk's users has come: who was made at `at` or later is next.

    `passed` counts those made at that very moment whom it has passed already. Of our members
    whom Clerk does not list there, those with ids up to `beyond` have been asked about.
    """

    at: int = 0
    passed: int = 0
    beyond: str = ""

    def after(self, times: list[int], *, whole: bool) -> "Walk":
        """Give the next step after users of these times; the last step leads to the start."""
        if not whole:
            return Walk()
        if times[-1] > self.at:
            return Walk(times[-1])
        return Walk(self.at, self.passed + len(times))


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
    role: Role = "member"
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

    def member(self, admins: frozenset[str]) -> Member:
        """Show the member to an administrator; some are that by the installation's settings."""
        return Member(
            id=self.id,
            username=self.username,
            name=self.name,
            avatar=self.avatar,
            email=self.email,
            role="admin" if self.id in admins else self.role,
            revision=self.revision,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )

    @property
    def terms(self) -> list[str]:
        """Give what a search may begin with: each word of the name, username and address."""
        return sorted({*words_of(self.name), *words_of(self.username), *words_of(self.email)})

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


@dataclass(frozen=True, slots=True)
class Step:
    """What one step of the walk brings: news, who is gone, and where the next one begins."""

    news: tuple[User, ...]
    gone: tuple[str, ...]
    after: Walk


def words_of(text: str) -> list[str]:
    """Give the words of a text in the form in which they are compared."""
    return unicodedata.normalize("NFKC", text).casefold().split()


def query_of(text: str) -> list[str]:
    """Read a search: it finds members who have a word beginning with each of these."""
    words = words_of(text)
    if len(words) > WORDS:
        raise Invalid(f"q must have at most {WORDS} words, got {len(words)}")
    return words


class LastAdministrator(Conflict):
    """Nobody would be left to appoint another."""

    def __init__(self, user_id: str) -> None:
        super().__init__(f"{user_id} is the last administrator: appoint another first")


def name_of(user_id: str, username: str, *names: str) -> str:
    """Give the name that readers see; who told none goes by the username."""
    # What cannot be printed has no place in a name, and some databases refuse to store it.
    plain = "".join(letter if letter.isprintable() else " " for letter in " ".join(names))
    return " ".join(plain.split())[:NAME] or username or f"Member {user_id[-6:]}"


def avatar_of(url: str) -> str:
    """Give the address of the picture, or none where a page could not show it."""
    return url if len(url) <= AVATAR and re.match(r"https?://[^/\s]|/(?!/)", url) else ""
