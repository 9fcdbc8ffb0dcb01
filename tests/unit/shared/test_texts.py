"""Rules of what members write."""

import pytest

from shared.errors import Invalid
from shared.texts import line, text


def test_text_keeps_its_lines_and_line_has_one() -> None:
    assert text("text", 1, 9, " a\n b ") == "a\n b"
    assert line("title", 1, 9, " a\n e\u0301 ") == "a \u00e9"


@pytest.mark.parametrize("value", ["\u200b", "\u202e\u2066", "\u3164", "\u2060 \u200d"])
def test_text_of_nothing_that_shows_is_refused(value: str) -> None:
    with pytest.raises(Invalid) as broken:
        text("title", 1, 200, value)
    assert str(broken.value) == "title must have a character that shows"


@pytest.mark.parametrize("value", ["👩\u200d🚀", "नमस्\u200cते", "…", "\u0301"])
def test_text_of_any_script_is_taken(value: str) -> None:
    assert text("title", 1, 200, value) == value


def test_text_that_may_be_empty_is_only_held_to_its_length() -> None:
    assert line("summary", 0, 500, "\u200b") == "\u200b"
    with pytest.raises(Invalid) as broken:
        line("summary", 0, 2, "abc")
    assert str(broken.value) == "summary must have 0 to 2 characters, got 3"
