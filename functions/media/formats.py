"""What kinds of pictures there are, told by their content, and how large one may be."""

import re
from collections.abc import Callable

from shared.errors import UnsupportedMedia

SIDE = 10_000
# Whoever shows it needs memory for all of them, however few bytes say so.
PIXELS = 50_000_000
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


def kind_of(content: bytes) -> str:
    """Tell the type by content and check the measures; a name or a header proves nothing."""
    for kind, measure in MEASURES.items():
        try:
            size = measure(content)
        except (IndexError, ValueError):
            size = (0, 0)
        if size is None:
            continue
        if flaw := measure_flaw(*size):
            raise UnsupportedMedia(flaw)
        return kind
    raise UnsupportedMedia(f"the body must be a picture: {KINDS}, and its content is none")


def measure_flaw(width: int, height: int) -> str:
    """Say why a picture must not be this large, or nothing."""
    if not (0 < width <= SIDE and 0 < height <= SIDE):
        return f"a picture must measure 1 to {SIDE} a side, got {width} x {height}"
    if width * height > PIXELS:
        return f"a picture must have at most {PIXELS} pixels, got {width} x {height}"
    return ""


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
