"""Durations as OpenFaaS writes them."""

import pytest

from shared.durations import seconds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("60", 60.0),
        ("0", 0.0),
        ("1m30s", 90.0),
        ("250ms", 0.25),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        (" 5s ", 5.0),
    ],
)
def test_seconds_reads_whole_seconds_and_gos_syntax(text: str, found: float) -> None:
    assert seconds(text) == pytest.approx(found)


@pytest.mark.parametrize("text", ["", "soon", "s", "-5s", "5 s", "5d", "5s!", "\u0663"])
def test_seconds_refuses_what_is_no_duration_or_gives_the_default(text: str) -> None:
    assert seconds(text, 7.0) == 7.0
    with pytest.raises(ValueError, match="a duration is written like"):
        seconds(text)
