"""Cron expressions, read as OpenFaaS's cron-connector reads them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

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
        ("0 12 */1 * 1", "2026-11-16T12:00", "2026-11-23T12:00"),
        ("0 12 * * 1/2", "2026-11-20T12:00", "2026-11-23T12:00"),
        ("0 12 29/1 * ?", "2026-10-31T12:00", "2026-11-29T12:00"),
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
        ("TZ=Europe/Bonn 0 0 1 * *", "a zone is named as in Europe/Berlin, got 'Europe/Bonn'"),
        ("CRON_TZ= 0 0 1 * *", "a zone is named as in Europe/Berlin, got ''"),
        ("TZ=../etc/passwd 0 0 1 * *", "a zone is named as"),
        ("TZ=UTC 0 0 1 *", "five fields"),
    ],
)
def test_what_is_no_schedule_says_why(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Cron.read(text)


@pytest.mark.parametrize(
    ("text", "after", "times"),
    [
        ("CRON_TZ=Asia/Tokyo 30 4 * * *", "2012-07-09T00:00Z", ["2012-07-09T19:30Z"]),
        ("TZ=America/New_York @daily", "2012-07-09T12:00Z", ["2012-07-10T04:00Z"]),
        # Clocks go forward: an hour is skipped, and so is what is due in it.
        (
            "TZ=America/New_York 0 * * * *",
            "2012-03-11T06:30Z",
            ["2012-03-11T07:00Z", "2012-03-11T08:00Z"],
        ),
        (
            "TZ=America/New_York 0 2 * * *",
            "2012-03-11T05:00Z",
            ["2012-03-12T06:00Z"],
        ),
        # Clocks go back: an hour comes twice, and so does what is due in it.
        (
            "TZ=America/New_York */30 * * * *",
            "2012-11-04T04:59Z",
            [f"2012-11-04T0{hour}:{half}Z" for hour in (5, 6, 7) for half in ("00", "30")],
        ),
        (
            "TZ=America/New_York 0 1 * * *",
            "2012-11-04T04:00Z",
            ["2012-11-04T05:00Z", "2012-11-04T06:00Z", "2012-11-05T06:00Z"],
        ),
        (
            "TZ=America/New_York 0 2 * * *",
            "2012-11-04T04:00Z",
            ["2012-11-04T07:00Z", "2012-11-05T07:00Z"],
        ),
        (
            "TZ=Australia/Lord_Howe 45 1 * * *",
            "2026-04-04T14:00Z",
            ["2026-04-04T14:45Z", "2026-04-04T15:15Z", "2026-04-05T15:15Z"],
        ),
    ],
)
def test_times_of_a_zone_and_back(text: str, after: str, times: list[str]) -> None:
    cron = Cron.read(text)
    now = first = datetime.fromisoformat(after).timestamp()
    due = [datetime.fromisoformat(time).timestamp() for time in times]
    for time in due:
        assert cron.next(now) == time
        now = time
    for time in reversed(due):
        assert cron.latest(now) == time
        now = time - 1
    assert cron.latest(now) <= first


def test_zone_agrees_with_every_minute_looked_at() -> None:
    """Over both changes of the clock, in a zone east of us, and one that starts at midnight."""
    for zone, day in (
        ("Europe/Berlin", "2026-03-28T20:00"),
        ("Europe/Berlin", "2026-10-24T20:00"),
        ("America/Santiago", "2026-09-05T20:00"),
    ):
        cron = Cron.read(f"TZ={zone} 0,20 0-3 * * *")
        begin = at(day)
        walls = [datetime.fromtimestamp(begin + 60 * n, ZoneInfo(zone)) for n in range(1, 2880)]
        due = [wall for wall in walls if wall.hour < 4 and wall.minute in {0, 20}]
        found = [begin]
        while len(found) <= len(due):
            found.append(cron.next(found[-1]))
        assert found[1:] == [wall.timestamp() for wall in due]
        assert [cron.latest(time + 30) for time in found[1:]] == found[1:]
