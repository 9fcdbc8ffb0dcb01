import pytest

from event_stream import window
from event_stream.window import Window
from tests.unit.event_stream.log import stored


def sequences(kept: Window, after: int, limit: int = 100) -> tuple[list[int], int]:
    found, place = kept.behind(after, limit)
    return [told.sequence for told in found], place


def test_window_gives_what_follows_a_place() -> None:
    kept = Window(10)
    kept.extend([stored(11), stored(12), stored(13)], 13, 0.0)

    assert sequences(kept, 10) == ([11, 12, 13], 13)
    assert sequences(kept, 12) == ([13], 13)
    assert sequences(kept, 13) == ([], 13)
    assert sequences(kept, 10, limit=2) == ([11, 12], 12)
    assert sequences(kept, 20) == ([], 20)


def test_window_lets_go_of_what_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LONGEST", 2)
    kept = Window(0)
    kept.extend([stored(1), stored(2), stored(3)], 3, 0.0)

    assert (kept.floor, sequences(kept, 1)) == (1, ([2, 3], 3))


def test_window_lets_go_of_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "LARGEST", 5000)
    kept = Window(0)
    kept.extend([stored(n, data={"text": "x" * 2000}) for n in (1, 2, 3)], 3, 0.0)

    assert (kept.floor, sequences(kept, 1)) == (1, ([2, 3], 3))


def test_window_forgets_what_is_old() -> None:
    kept = Window(0)
    kept.extend([stored(1)], 1, 0.0)
    kept.extend([stored(2)], 2, 20.0)
    kept.trim(31.0)

    assert (kept.floor, kept.last, sequences(kept, 1)) == (1, 2, ([2], 2))
    kept.trim(51.0)
    assert (kept.floor, kept.last, sequences(kept, 2)) == (2, 2, ([], 2))
