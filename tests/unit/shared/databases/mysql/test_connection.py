from datetime import UTC, datetime, timedelta, timezone

from shared.databases.mysql.connection import _aware, _constraint, _parameters


def test_constraint_is_the_index_in_the_words_of_both_servers() -> None:
    assert _constraint("Duplicate entry 'a' for key 'posts_slug'") == "posts_slug"
    assert _constraint("Duplicate entry 'for key b' for key 'posts.posts_slug'") == "posts_slug"


def test_times_go_in_as_utc() -> None:
    east = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=timezone(timedelta(hours=2)))

    assert _parameters([east, "a", None]) == (datetime(2026, 1, 2, 1, 4, 5, 678), "a", None)  # noqa: DTZ001 - what the driver writes
    assert _parameters({"at": east}) == {"at": datetime(2026, 1, 2, 1, 4, 5, 678)}  # noqa: DTZ001 - as above


def test_times_come_out_aware() -> None:
    assert _aware("2026-01-02 03:04:05.000678") == datetime(
        2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC
    )
