import base64
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from shared.errors import Invalid
from shared.pages import Page, decode_cursor, encode_cursor

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891234, tzinfo=UTC)


def test_page_is_its_items_and_the_next_cursor() -> None:
    assert msgspec.to_builtins(Page([1, 2], "abc")) == {"items": [1, 2], "next": "abc"}
    assert msgspec.to_builtins(Page[int]([])) == {"items": [], "next": None}


def test_cursor_carries_values_and_times() -> None:
    cursor = encode_cursor(MOMENT, "a/ü", 7)
    assert decode_cursor(cursor, 3) == ["2026-03-04T05:06:07.891234Z", "a/ü", 7]
    assert decode_cursor(cursor, 3, types=(datetime, str, int)) == [MOMENT, "a/ü", 7]
    assert cursor.isascii()
    assert "=" not in cursor


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "é", "%%%", encode_cursor(1), encode_cursor(1, 2, 3), "W1tdLHt9XQ", "x" * 5000],
)
def test_cursor_that_no_page_gave_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="cursor must be the `next` of an earlier page"):
        decode_cursor(cursor, 2)


def test_cursor_of_other_types_is_refused() -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor("yesterday", "a"), 2, types=(datetime, str))


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00+01:00",  # before the first moment of UTC
        "9999-12-31T23:59:59-01:00",  # after its last
        "2026-03-04T05:06:07",  # of no zone
    ],
)
def test_cursor_of_a_time_that_no_database_takes_is_refused(time: str) -> None:
    with pytest.raises(Invalid, match="cursor must be the `next` of an earlier page"):
        decode_cursor(encode_cursor(time, "a"), 2, types=(datetime, str))


def test_cursor_gives_times_back_in_utc() -> None:
    [time] = decode_cursor(
        encode_cursor("2026-03-04T06:06:07.891234+01:00"), 1, types=(datetime,)
    )
    assert (time, time.utcoffset()) == (MOMENT, timedelta())


def test_cursor_with_a_zero_character_is_refused() -> None:
    with pytest.raises(Invalid):
        decode_cursor(encode_cursor("a\0b"), 1)


def test_cursor_holds_single_values_only() -> None:
    nested = base64.urlsafe_b64encode(b'[{"a":1},[2]]').decode()
    with pytest.raises(Invalid):
        decode_cursor(nested, 2)
