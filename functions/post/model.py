"""A post, who wrote it, and the rules both never break."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared.errors import Forbidden, Invalid
from shared.ids import new_id

TITLE = 200
SUMMARY = 500
CONTENT = 50_000
COVER = 2_000
CATEGORY = 60
TAG = 40
TAGS = 10
SLUG = 80


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
        return Author(self.id, self.name, self.avatar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What its author decides about a post."""

    title: str
    content: str
    summary: str = ""
    cover: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A post as lists show it: everything but the content."""

    id: str
    slug: str
    title: str
    summary: str
    cover: str
    category: str
    tags: tuple[str, ...]
    featured: bool
    visits: int
    author: Author
    likes: int
    comments: int
    revision: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Headline):
    content: str

    @classmethod
    def write(cls, draft: Draft, author: Author, now: datetime) -> "Post":
        """Make a post of the draft, or say which rule it breaks."""
        title = _line("title", draft.title, 1, TITLE)
        return cls(
            id=new_id(now),
            slug=slug_of(title),
            title=title,
            summary=_line("summary", draft.summary, 0, SUMMARY),
            content=_text("content", draft.content, 1, CONTENT),
            cover=_cover(draft.cover),
            category=_line("category", draft.category, 0, CATEGORY),
            tags=_tags(draft.tags),
            featured=False,
            visits=0,
            author=author,
            likes=0,
            comments=0,
            revision=1,
            created_at=now,
            updated_at=now,
        )

    def slugs(self) -> Iterator[str]:
        """Give the slugs to try in turn: a taken one gets the end of the id, then all of it."""
        yield self.slug
        yield f"{self.slug}-{self.id[-6:]}"
        yield f"{self.slug}-{self.id}"

    def check_deletion(self, by: str, *, admin: bool) -> None:
        if not admin and by != self.author.id:
            raise Forbidden("only its author or an administrator may delete a post")


def slug_of(title: str) -> str:
    """Make an address of the title: its words in lower case, in any script, with dashes."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    # Only the accents of Latin, Greek and Cyrillic go: elsewhere a mark is part of the letter.
    plain = unicodedata.normalize("NFC", re.sub("[\u0300-\u036f'\u2019]", "", plain))
    words = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain).split()
    slug = "-".join(words)
    if len(slug) > SLUG:
        slug = slug[: SLUG + 1].rpartition("-")[0] or slug[:SLUG]
    return slug or "post"


def _text(name: str, value: str, least: int, most: int) -> str:
    value = value.strip()
    if not least <= len(value) <= most:
        raise Invalid(f"{name} must have {least} to {most} characters, got {len(value)}")
    return value


def _line(name: str, value: str, least: int, most: int) -> str:
    return _text(name, " ".join(value.split()), least, most)


def _cover(value: str) -> str:
    value = _line("cover", value, 0, COVER)
    if value and not re.match(r"https?://[^/\s]|/(?!/)", value):
        raise Invalid(f"cover must be an http address or a path of this site, got {value!r}")
    return value


def _tags(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > TAGS:
        raise Invalid(f"a post may have {TAGS} tags, got {len(values)}")
    return tuple(dict.fromkeys(_line("tag", value, 1, TAG).lower() for value in values))
