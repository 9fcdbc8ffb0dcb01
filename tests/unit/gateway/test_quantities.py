"""Quantities are read as Kubernetes reads them, exactly."""

import contextlib
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.quantities import SUFFIXES, amount


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("128Mi", 128 << 20),
        ("64M", 64_000_000),
        ("1Gi", 1 << 30),
        ("0.5Gi", 1 << 29),
        (".5Gi", 1 << 29),
        ("1.Gi", 1 << 30),
        ("1024", 1024),
        ("4k", 4000),
        ("1e3", 1000),
        ("12E6", 12_000_000),
        ("1E", 10**18),
        ("100m", Fraction(1, 10)),
        ("1500u", Fraction(3, 2000)),
        ("0", 0),
    ],
)
def test_quantity_is_read_exactly(text: str, expected: Fraction) -> None:
    assert amount(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mi", "128mi", "128MB", "128 Mi", "-1", "+1", "1K", "1,5Gi", "0x10", "1e"),
        *("1e3Mi", ".", "1..2", "inf", "\N{ARABIC-INDIC DIGIT ONE}", "9" * 30, "1e999"),
    ],
)
def test_what_is_no_quantity_says_how_one_is_written(text: str) -> None:
    with pytest.raises(ValueError, match="a quantity is written like 128Mi"):
        amount(text)


@given(st.integers(0, 10**12), st.sampled_from(sorted(SUFFIXES)))
def test_whole_number_times_its_suffix(number: int, suffix: str) -> None:
    assert amount(f"{number}{suffix}") == number * SUFFIXES[suffix]


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = None
    with contextlib.suppress(ValueError):
        found = amount(text)
    assert found is None or found >= 0
