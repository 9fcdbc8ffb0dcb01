"""A picture, and the rules it must keep before it is one of ours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared.errors import UnsupportedMedia
from shared.ids import new_id

SIZE = 5 * 1024 * 1024
SIDE = 10_000
NAME = 80
SEGMENTS = 1_000
# ImageKit's own media type for each kind of content, and the suffix of its file.
SUFFIXES = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
}
KINDS = ", ".join(sorted(kind.removeprefix("image/") for kind in SUFFIXES))

UNSENT = "unsent"
OWNER = "owner:"
THUMBNAIL = "tr=w-480,h-320,q-80"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    id: str
    url: str
    thumbnail: str
    name: str
    width: int
    height: int
    size: int
    owner: str


def thumbnail_of(url: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{THUMBNAIL}"


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

    @property
    def owner(self) -> str:
        return next((tag.removeprefix(OWNER) for tag in self.tags if tag.startswith(OWNER)), "")

    @property
    def picture(self) -> Picture:
        return Picture(
            id=self.id,
            url=self.url,
            thumbnail=thumbnail_of(self.url),
            name=self.name,
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
        if max(self.width, self.height) > SIDE:
            return (
                f"a picture must measure 1 to {SIDE} a side, got {self.width} x {self.height}"
            )
        return ""


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a member's upload goes, under a name that takes no other file's place."""

    name: str
    owner: str

    @classmethod
    def of(cls, name: str, owner: str, now: datetime, suffix: str = "") -> "Placing":
        """Clean the member's name for it; the suffix is the one given, if it is a picture's."""
        stem, _, given = re.split(r"[/\\]", name)[-1].lower().rpartition(".")
        stem = re.sub(r"[^a-z0-9]+", "-", stem or given).strip("-")[:NAME] or "picture"
        if not suffix:
            given = given.replace("jpeg", "jpg")
            suffix = given if given in SUFFIXES.values() else ""
        unique = f"{stem}-{new_id(now)[-12:]}"
        return cls(f"{unique}.{suffix}" if suffix else unique, owner)

    @property
    def folder(self) -> str:
        return f"/members/{re.sub('[^A-Za-z0-9_-]', '_', self.owner)}"

    @property
    def tags(self) -> tuple[str, str]:
        return UNSENT, f"{OWNER}{self.owner}"


def kind_of(content: bytes) -> str:
    """Tell the type by content and check the measures; a name or a header proves nothing."""
    for kind, measure in MEASURES.items():
        try:
            size = measure(content)
        except (IndexError, ValueError):
            size = (0, 0)
        if size is None:
            continue
        if not all(0 < side <= SIDE for side in size):
            raise UnsupportedMedia(
                f"a picture must measure 1 to {SIDE} a side, got {size[0]} x {size[1]}"
            )
        return kind
    raise UnsupportedMedia(f"the body must be a picture: {KINDS}, and its content is none")


Size = tuple[int, int]


def _png(content: bytes) -> Size | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    return _big(content, 16, 4), _big(content, 20, 4)


def _gif(content: bytes) -> Size | None:
    if content[:6] not in {b"GIF87a", b"GIF89a"}:
        return None
    return _little(content, 6, 2), _little(content, 8, 2)


def _jpeg(content: bytes) -> Size | None:
    """Walk the segments to the frame header, which has the measures."""
    if content[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    for _ in range(SEGMENTS):  # an end, because each step takes time that others wait
        if content[at] != 0xFF:
            break
        marker = content[at + 1]
        if marker == 0xFF:  # a filling byte before the marker
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return _big(content, at + 7, 2), _big(content, at + 5, 2)
        else:
            at += 2 + _big(content, at + 2, 2)
    raise ValueError("no frame header")


def _webp(content: bytes) -> Size | None:
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return None
    match content[12:16]:
        case b"VP8 ":
            return _little(content, 26, 2) & 0x3FFF, _little(content, 28, 2) & 0x3FFF
        case b"VP8L":
            bits = _little(content, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(content, 24, 3) + 1, _little(content, 27, 3) + 1
        case other:
            raise ValueError(other)


def _avif(content: bytes) -> Size | None:
    """Take the largest of the extents it tells: parts and thumbnails have their own."""
    if content[4:8] != b"ftyp" or not {b"avif", b"avis"} & _brands(content):
        return None
    extents = [match.end() for match in re.finditer(rb"\x00\x00\x00\x14ispe", content[:65_536])]
    sizes = [(_big(content, at + 4, 4), _big(content, at + 8, 4)) for at in extents]
    return max(sizes, key=lambda size: size[0] * size[1])


def _brands(content: bytes) -> set[bytes]:
    end = min(_big(content, 0, 4), 256)
    return {content[at : at + 4] for at in range(8, end, 4)}


def _big(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(_bytes(content, at, length), "big")


def _little(content: bytes, at: int, length: int) -> int:
    return int.from_bytes(_bytes(content, at, length), "little")


def _bytes(content: bytes, at: int, length: int) -> bytes:
    found = content[at : at + length]
    if len(found) < length:
        raise ValueError("the content ends early")
    return found


MEASURES: dict[str, Callable[[bytes], Size | None]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/webp": _webp,
    "image/gif": _gif,
    "image/avif": _avif,
}
