"""A post, who wrote it, and the rules both never break."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Literal

from shared.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from shared.ids import new_id
from shared.texts import line, text

TITLE = 200
SUMMARY = 500
CONTENT = 50_000
COVER = 2_000
CATEGORY = 60
TAG = 40
TAGS = 10
SLUG = 80
QUERY = 200

Sort = Literal["newest", "oldest", "liked", "discussed", "visited"]
SearchSort = Literal["relevance", "newest", "liked"]


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


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
        if self.deleted:
            raise Conflict("a deleted member writes no posts")
        return Author(self.id, self.name, self.avatar)


@dataclass(frozen=True, slots=True)
class Reaction:
    """A like or a comment, named by its `subject`: at its revision, it stands or is gone."""

    tally: Literal["likes", "comments"]
    post_id: str
    subject: str
    revision: int
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What its author decides about a post."""

    title: str
    content: str
    summary: str = ""
    cover: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    status: Status = Status.PUBLISHED


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
    status: Status
    featured: bool
    visits: int
    author: Author
    likes: int
    comments: int
    revision: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Headline):
    """A post that was searched for; in the excerpt, U+E000 and U+E001 enclose each match."""

    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post(Headline):
    content: str

    @classmethod
    def write(cls, writing: Writing, author: Author, now: datetime) -> "Post":
        """Make a post of the writing, or say which rule it breaks."""
        texts = {name: rule(getattr(writing, name)) for name, rule in _RULES.items()}
        return cls(
            id=new_id(now),
            slug=slug_of(texts["title"]),
            **texts,
            status=writing.status,
            featured=False,
            visits=0,
            author=author,
            likes=0,
            comments=0,
            revision=1,
            created_at=now,
            updated_at=now,
            published_at=now if writing.status is Status.PUBLISHED else None,
        )

    def slugs(self) -> Iterator[str]:
        """Give the slugs to try in turn: a taken one gets the end of the id, then all of it."""
        yield self.slug
        yield f"{self.slug}-{self.id[-6:]}"
        yield f"{self.slug}-{self.id}"

    def seen_by(self, reader: str, *, admin: bool) -> bool:
        return self.status is Status.PUBLISHED or admin or reader == self.author.id

    def check_change(self, by: str, *, admin: bool, expected: int | None = None) -> None:
        """Let its author and administrators change the post they saw, and nobody else."""
        if not self.seen_by(by, admin=admin):
            raise NotFound(f"no post has the id {self.id}")
        if not admin and by != self.author.id:
            raise Forbidden("only its author or an administrator may change or delete a post")
        if expected not in (None, self.revision):
            raise Stale(f"post {self.id} is at revision {self.revision}, you saw {expected}")

    def edited(self, now: datetime, **changes: Any) -> "Post":  # noqa: ANN401 - fields by name
        """Give the post with these fields changed; itself, when all of them are as before.

        The slug follows the title of a draft, which nobody links to, and then stays for good.
        """
        texts = {name: _RULES[name](changes[name]) for name in _RULES.keys() & changes}
        edited = replace(self, **{**changes, **texts})
        if edited.status is Status.DRAFT and self.status is Status.PUBLISHED:
            raise Conflict("a published post never becomes a draft again, delete it instead")
        if edited == self:
            return self
        if self.status is Status.DRAFT and slug_of(edited.title) != slug_of(self.title):
            edited = replace(edited, slug=slug_of(edited.title))
        if edited.status is Status.PUBLISHED and self.published_at is None:
            edited = replace(edited, published_at=now)
        return replace(edited, revision=self.revision + 1, updated_at=now)

    def ended(self, now: datetime) -> "Post":
        """Give the post at the revision of its deletion."""
        return replace(self, revision=self.revision + 1, updated_at=now)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which of the published posts are meant; an empty field leaves it open."""

    category: str = ""
    tag: str = ""
    author: str = ""

    @classmethod
    def of(cls, category: str, tag: str, author: str) -> "Filter":
        return cls(category_of(category), tag_of(tag) if tag.strip() else "", author)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many posts there are, and how many of them in each of the largest categories."""

    count: int
    categories: dict[str, int]


@dataclass(frozen=True, slots=True)
class Deleted:
    deleted: list[str]
    unknown: list[str]


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


def category_of(value: str) -> str:
    return line("category", 0, CATEGORY, value)


def tag_of(value: str) -> str:
    return line("tag", 1, TAG, value).lower()


def query_of(value: str) -> str:
    return line("q", 1, QUERY, value)


def _cover(value: str) -> str:
    value = line("cover", 0, COVER, value)
    if value and not re.match(r"https?://[^/\s]|/(?![/\\])", value):
        raise Invalid(f"cover must be an http address or a path of this site, got {value!r}")
    return value


def _tags(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) > TAGS:
        raise Invalid(f"a post may have {TAGS} tags, got {len(values)}")
    return tuple(dict.fromkeys(tag_of(value) for value in values))


_RULES: Mapping[str, Callable[[Any], Any]] = {
    "title": partial(line, "title", 1, TITLE),
    "summary": partial(line, "summary", 0, SUMMARY),
    "content": partial(text, "content", 1, CONTENT),
    "cover": _cover,
    "category": category_of,
    "tags": _tags,
}
