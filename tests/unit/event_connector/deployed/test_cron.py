"""Cron expressions, read as OpenFaaS's cron-connector reads them."""

from datetime import UTC, datetime

import pytest

from event_connector.deployed.cron import Cron

SUNDAY = "2026-11-22T17:00:00"


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("*/5 * * * *", "2026-11-22T17:00", "2026-11-22T17:05"),
        ("@hourly", "2026-11-22T17:00", "2026-11-22T18:00"),
        ("@midnight", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("@weekly", "2026-11-22T00:00", "2026-11-29T00:00"),
        ("30 9 ? * MON-FRI", "2026-11-20T09:30", "2026-11-23T09:30"),
        ("0 0 29 2 *", "2024-02-29T00:00", "2028-02-29T00:00"),
        # Both days are restricted: either will do, and a step restricts.
        ("0 12 13 * 1", "2026-11-16T12:00", "2026-11-23T12:00"),
        ("0 12 */2 * 1", "2026-11-21T12:00", "2026-11-23T12:00"),
        ("0 0 1 jan,JUL *", "2026-07-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_times_before_and_after(text: str, before: str, after: str) -> None:
    cron = Cron.read(text)
    assert cron.latest(at(SUNDAY)) == at(before)
    assert cron.next(at(SUNDAY)) == at(after)


def test_a_time_is_its_own_latest_and_never_its_own_next() -> None:
    cron = Cron.read("* * * * *")
    now = at(SUNDAY)
    assert [cron.latest(now), cron.latest(now - 0.5), cron.next(now - 0.5)] == [
        now,
        now - 60,
        now,
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("* * * *", "five fields"),
        ("0 * * * * *", "five fields"),
        ("@reboot", "five fields"),
        ("61 * * * *", "Bad minute in the schedule '61 \\* \\* \\* \\*'"),
        ("0 0 31 2 *", "Bad day-of-month"),
    ],
)
def test_what_is_no_schedule_says_why(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Cron.read(text)
