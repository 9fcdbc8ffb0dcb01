"""Which bytes are a picture, and where it goes."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from time import process_time
from typing import Any

import pytest
from PIL import Image

from functions.media.formats import kind_of
from functions.media.model import (
    CHANGED,
    SIZE,
    Found,
    Picture,
    Placing,
    Source,
    srcset_of,
)
from shared.errors import Forbidden, UnsupportedMedia

THEN = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
FOUND = Found(
    id="f1",
    version="v1",
    url="/files/members/user_ada/sea.png",
    name="sea.png",
    mime="image/png",
    width=40,
    height=20,
    size=123,
    tags=("unsent", "owner:user_ada"),
    created_at=THEN,
    updated_at=THEN,
)


ALL = [320, 640, 960, 1280, 1920]


def painted(
    form: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **how: Any
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "teal").save(out, form, **how)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (painted("PNG"), "image/png"),
        (painted("JPEG"), "image/jpeg"),
        (painted("JPEG", progressive=True, exif=b"Exif\0\0" + b"x" * 5000), "image/jpeg"),
        (painted("WEBP"), "image/webp"),
        (painted("WEBP", lossless=True), "image/webp"),
        (painted("WEBP", mode="RGBA", exif=b"Exif\0\0MM"), "image/webp"),
        (painted("GIF", mode="P"), "image/gif"),
        (painted("AVIF"), "image/avif"),
    ],
)
def test_kind_is_told_by_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("form", "most", "how"),
    [
        ("PNG", 10_000, {}),
        ("JPEG", 10_000, {}),
        ("WEBP", 10_000, {}),
        ("WEBP", 10_000, {"lossless": True}),
        ("GIF", 10_000, {}),
    ],
)
def test_kind_knows_the_measures(form: str, most: int, how: dict[str, Any]) -> None:
    assert kind_of(painted(form, (most, 1), **how))
    assert kind_of(painted(form, (1, most), **how))
    for size in ((most + 1, 1), (1, most + 1)):
        with pytest.raises(UnsupportedMedia, match=f"got {size[0]} x {size[1]}"):
            kind_of(painted(form, size, **how))


def test_kind_knows_the_measures_of_avif() -> None:
    wide = painted("AVIF", (64, 48)).replace(
        b"ispe\0\0\0\0" + (64).to_bytes(4, "big"), b"ispe\0\0\0\0" + (10_001).to_bytes(4, "big")
    )
    with pytest.raises(UnsupportedMedia, match="got 10001 x 48"):
        kind_of(wide)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"only words",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><img src=x onerror=alert(1)>",
        b"%PDF-1.7",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2mp41",
        b"BM" + b"\0" * 60,
    ],
)
def test_other_content_is_refused(content: bytes) -> None:
    with pytest.raises(UnsupportedMedia, match="avif, gif, jpeg, png, webp"):
        kind_of(content)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_content_that_ends_early_is_refused(form: str) -> None:
    whole = painted(form)
    for length in range(10 if form == "GIF" else 24):
        with pytest.raises(UnsupportedMedia):
            kind_of(whole[:length])


def test_jpeg_whose_segments_lead_nowhere_is_refused() -> None:
    with pytest.raises(UnsupportedMedia):
        kind_of(b"\xff\xd8\xff\xe0\0\0" * 10)
    with pytest.raises(UnsupportedMedia):
        kind_of(b"\xff\xd8\xff" + b"\xff" * 100)


@pytest.mark.parametrize("segment", [b"\xff", b"\xff\xe0\0\x02"])
def test_jpeg_without_end_of_segments_takes_no_time(segment: bytes) -> None:
    whole = painted("JPEG")
    begun = process_time()
    with pytest.raises(UnsupportedMedia):
        kind_of(whole[:2] + segment * (SIZE // len(segment)) + whole[2:])
    assert process_time() - begun < 0.1


def test_picture_is_what_was_found() -> None:
    assert FOUND.picture == Picture(
        id="f1",
        url="/files/members/user_ada/sea.png",
        thumbnail="/files/members/user_ada/sea.png?tr=w-480,h-320,q-80",
        cover="/files/members/user_ada/sea.png?tr=w-1600,h-840,q-80",
        srcset=(Source("/files/members/user_ada/sea.png?tr=w-40,c-at_max,q-80", 40),),
        name="sea.png",
        alt="",
        tags=(),
        post_id="",
        width=40,
        height=20,
        size=123,
        owner="user_ada",
    )


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        ({}, ""),
        ({"width": 0, "height": 0}, ""),
        ({"tags": ("unsent",)}, "a picture must have an owner"),
        ({"mime": "text/html"}, "a picture must be avif, gif, jpeg, png, webp, got text/html"),
        ({"mime": ""}, "a picture must be avif, gif, jpeg, png, webp, got no type"),
        ({"size": 5_242_881}, "a picture must have at most 5242880 bytes, got 5242881"),
        ({"height": 10_001}, "a picture must measure 1 to 10000 a side, got 40 x 10001"),
        (
            {"width": 9_000, "height": 9_000},
            "a picture must have at most 50000000 pixels, got 9000 x 9000",
        ),
    ],
)
def test_flaw_says_what_is_wrong(change: dict[str, object], flaw: str) -> None:
    assert replace(FOUND, **change).flaw == flaw  # type: ignore[arg-type] # fields of several types


@pytest.mark.parametrize(
    ("name", "suffix", "stem", "ending"),
    [
        ("Sea view.PNG", "png", "sea-view", "png"),
        ("../../etc/passwd", "jpg", "passwd", "jpg"),
        ("sea.png", "jpg", "sea", "jpg"),
        ("sea.jpeg", "", "sea", "jpg"),
        ("sea.exe", "", "sea", ""),
        ("sea.webp", "", "sea", "webp"),
        ("", "gif", "picture", "gif"),
        ("海.png", "png", "picture", "png"),
        ("x" * 300 + ".png", "png", "x" * 80, "png"),
    ],
)
def test_placing_cleans_the_name_and_makes_it_unique(
    name: str, suffix: str, stem: str, ending: str
) -> None:
    made = Placing.of(name, "user_ada", THEN, suffix)
    rest = made.name.removeprefix(f"{stem}-")
    unique, _, found = rest.partition(".")
    assert (len(unique), found) == (12, ending)
    assert made.name != Placing.of(name, "user_ada", THEN, suffix).name


def test_placing_says_whose_it_is() -> None:
    made = Placing.of("sea.png", "user_ada", THEN)
    assert (made.folder, made.tags) == ("/members/user_ada", ("unsent", "owner:user_ada"))
    assert Placing.of("sea.png", "../x", THEN).folder == "/members/___x"
    assert Placing.of("sea.png", "user_ada", THEN, post_id="p1").tags == (
        "unsent",
        "owner:user_ada",
        "post:p1",
    )


def test_a_bomb_is_refused_by_what_it_declares() -> None:
    """A few hundred bytes that would be a gigabyte of pixels."""
    bomb = bytearray(painted("PNG"))
    bomb[16:24] = (9_999).to_bytes(4, "big") * 2
    with pytest.raises(UnsupportedMedia, match="at most 50000000 pixels, got 9999 x 9999"):
        kind_of(bytes(bomb))


@pytest.mark.parametrize(
    ("width", "widths"),
    [(100, [100]), (640, [320, 640]), (1000, [320, 640, 960, 1000]), (9000, ALL), (0, ALL)],
)
def test_srcset_never_enlarges(width: int, widths: list[int]) -> None:
    found = srcset_of("/a?v=1", width)
    assert [source.width for source in found] == widths
    assert all(source.url.startswith("/a?v=1&tr=w-") for source in found)


def test_an_edit_is_tagged_so_that_it_is_told() -> None:
    found = replace(FOUND, tags=("owner:user_ada", "post:p1", "tag:sea", CHANGED[0]))
    after = found.edited(THEN, alt="The sea", labels=("sand", "sand"), post_id="")
    assert (after.alt, after.labels, after.post_id) == ("The sea", ("sand",), "")
    assert after.tags[:3] == ("owner:user_ada", CHANGED[0], "tag:sand")
    # A tag of its own: what tells of the earlier change leaves this one.
    [slot] = set(after.pending) - {CHANGED[0]}
    assert slot in CHANGED
    assert found.edited(THEN, alt="", labels=["sea"]) is found
    assert replace(FOUND, tags=CHANGED).edited(THEN, alt="x").pending == CHANGED


def test_only_its_owner_and_administrators_change_a_picture() -> None:
    FOUND.check_owner("user_ada", admin=False)
    FOUND.check_owner("user_eve", admin=True)
    with pytest.raises(Forbidden):
        FOUND.check_owner("user_eve", admin=False)
