"""A picture, and the rules it must keep before it is one of ours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from functions.media.formats import KINDS, SUFFIXES, measure_flaw
from shared.errors import Forbidden
from shared.ids import new_id

SIZE = 5 * 1024 * 1024
NAME = 80
ALT = 500
TAGS = 10
# What ImageKit's searches and forms can hold in a tag.
TAG_PATTERN = r"^\w[\w -]{0,29}$"
# ImageKit's ids; nothing else may become part of a path of its API.
ID_PATTERN = r"^[A-Za-z0-9_-]{1,64}$"
POST_PATTERN = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OWNER_PATTERN = r"^[A-Za-z0-9_-]{1,191}$"

# Tags are the outbox: each of these says that somebody has to be told. A change takes one of
# several, so that what tells of it takes away the tag of this change and of no later one.
UNSENT, DELETING = "unsent", "deleting"
CHANGED = tuple(f"changed-{slot}" for slot in "0123456789abcdef")
PENDING = (UNSENT, *CHANGED, DELETING)
# A change takes several calls, and each of them less time than this: what has been still for so
# long is whole, or was left half done by a call that failed.
QUIET = timedelta(seconds=10)
# And these say whose it is, which post it belongs to, and what its owner calls it.
OWNER, POST, TAG = "owner:", "post:", "tag:"

THUMBNAIL = "tr=w-480,h-320,q-80"
COVER = "tr=w-1600,h-840,q-80"
WIDTHS = (320, 640, 960, 1280, 1920)


@dataclass(frozen=True, slots=True)
class Source:
    """The picture in one width, for a browser that chooses."""

    url: str
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    id: str
    url: str
    thumbnail: str
    cover: str
    srcset: tuple[Source, ...]
    name: str
    alt: str
    tags: tuple[str, ...]
    post_id: str
    width: int
    height: int
    size: int
    owner: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a call for many deleted, and what of it nobody knows."""

    deleted: list[str]
    unknown: list[str]


def transformed(url: str, how: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{how}"


def srcset_of(url: str, width: int) -> tuple[Source, ...]:
    """Give the widths that are smaller than the picture, and its own."""
    widths = sorted({min(one, width) for one in WIDTHS}) if width else WIDTHS
    return tuple(Source(transformed(url, f"tr=w-{one},c-at_max,q-80"), one) for one in widths)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file as ImageKit tells of it, which may have been put there by anybody."""

    id: str
    version: str
    url: str
    name: str
    mime: str
    width: int
    height: int
    size: int
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    alt: str = ""

    @property
    def owner(self) -> str:
        return self._tagged(OWNER)

    @property
    def post_id(self) -> str:
        return self._tagged(POST)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(tag.removeprefix(TAG) for tag in self.tags if tag.startswith(TAG))

    @property
    def pending(self) -> tuple[str, ...]:
        """Give the tags that say of what nobody was told yet, in the order of telling."""
        return tuple(tag for tag in PENDING if tag in self.tags)

    @property
    def deleting(self) -> bool:
        return DELETING in self.tags

    def restless(self, now: datetime) -> bool:
        """Whether a change may be under way, of which the rest would be told by nobody."""
        changed = not self.deleting and any(slot in self.tags for slot in CHANGED)
        return changed and abs(now - self.updated_at) < QUIET

    @property
    def picture(self) -> Picture:
        return Picture(
            id=self.id,
            url=self.url,
            thumbnail=transformed(self.url, THUMBNAIL),
            cover=transformed(self.url, COVER),
            srcset=srcset_of(self.url, self.width),
            name=self.name,
            alt=self.alt,
            tags=self.labels,
            post_id=self.post_id,
            width=self.width,
            height=self.height,
            size=self.size,
            owner=self.owner,
        )

    @property
    def flaw(self) -> str:
        """Say why the file is no picture of ours; a browser's upload is judged here first."""
        if not self.owner:
            return "a picture must have an owner"
        if self.mime not in SUFFIXES:
            return f"a picture must be {KINDS}, got {self.mime or 'no type'}"
        if self.size > SIZE:
            return f"a picture must have at most {SIZE} bytes, got {self.size}"
        # Of some kinds ImageKit tells no measures.
        measured = self.width or self.height
        return measure_flaw(self.width, self.height) if measured else ""

    def check_owner(self, caller_id: str, *, admin: bool) -> None:
        if not admin and caller_id != self.owner:
            raise Forbidden("only its owner and administrators may change a picture")

    def edited(
        self,
        now: datetime,
        *,
        alt: str | None = None,
        labels: Sequence[str] | None = None,
        post_id: str | None = None,
    ) -> "Found":
        """Give it with what is not None changed, and tagged so that others are told."""
        alt = self.alt if alt is None else alt
        labels = self.labels if labels is None else tuple(dict.fromkeys(labels))
        post_id = self.post_id if post_id is None else post_id
        if (alt, labels, post_id) == (self.alt, self.labels, self.post_id):
            return self
        kept = [tag for tag in self.tags if not tag.startswith((POST, TAG))]
        free = [slot for slot in CHANGED if slot not in self.tags] or list(CHANGED)
        slot = free[int(new_id(now)[-1], 16) % len(free)]
        named = [f"{TAG}{label}" for label in labels]
        tags = (*kept, *named, *([f"{POST}{post_id}"] if post_id else []), slot)
        return replace(self, alt=alt, tags=tags)

    def _tagged(self, prefix: str) -> str:
        found = (tag.removeprefix(prefix) for tag in self.tags if tag.startswith(prefix))
        return next(found, "")


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a member's upload goes, under a name that takes no other file's place."""

    name: str
    owner: str
    post_id: str = ""

    @classmethod
    def of(
        cls, name: str, owner: str, now: datetime, suffix: str = "", post_id: str = ""
    ) -> "Placing":
        """Clean the member's name for it; the suffix is the one given, if it is a picture's."""
        stem, _, given = re.split(r"[/\\]", name)[-1].lower().rpartition(".")
        stem = re.sub(r"[^a-z0-9]+", "-", stem or given).strip("-")[:NAME] or "picture"
        if not suffix:
            given = given.replace("jpeg", "jpg")
            suffix = given if given in SUFFIXES.values() else ""
        unique = f"{stem}-{new_id(now)[-12:]}"
        return cls(f"{unique}.{suffix}" if suffix else unique, owner, post_id)

    @property
    def folder(self) -> str:
        return f"/members/{re.sub('[^A-Za-z0-9_-]', '_', self.owner)}"

    @property
    def tags(self) -> tuple[str, ...]:
        post = (f"{POST}{self.post_id}",) if self.post_id else ()
        return (UNSENT, f"{OWNER}{self.owner}", *post)
