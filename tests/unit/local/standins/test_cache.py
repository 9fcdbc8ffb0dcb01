"""The pictures that the stand-in made, as far as there is room for them."""

import hashlib
import os
from pathlib import Path

from local.standins.cache import Cache


def test_what_was_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    Cache(folder).keep("a", b"one\ntwo", "image/png")
    (folder / "half.1234").write_bytes(b"of a write that was cut off")
    again = Cache(folder)
    assert (again.get("a"), again.get("b")) == ((b"one\ntwo", "image/png"), None)
    assert len(list(folder.iterdir())) == 1


def test_the_longest_unused_makes_room(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    cache = Cache(folder, largest=1000)
    for at, key in enumerate("abc"):
        cache.keep(key, b"x" * 300, "image/png")
        for place in folder.iterdir():
            if place.stat().st_mtime > 9:
                os.utime(place, (at, at))
    assert cache.get("a") is not None  # used just now
    cache.keep("d", b"x" * 300, "image/png")
    assert [key for key in "abcd" if cache.get(key)] == ["a", "d"]
    assert sum(place.stat().st_size for place in folder.iterdir()) <= 900


def test_what_is_kept_again_counts_once(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", largest=1000)
    for _ in range(9):
        cache.keep("a", b"x" * 300, "image/png")
    cache.keep("b", b"x" * 300, "image/png")
    assert all(cache.get(key) for key in "ab")


def test_what_another_form_has_left_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / hashlib.sha256(b"a").hexdigest()).write_bytes(b"\xff\xd8 a picture, and no type")
    assert Cache(folder).get("a") is None
