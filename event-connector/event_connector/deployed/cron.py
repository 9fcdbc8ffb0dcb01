"""When a function is due by its cron expression, as OpenFaaS's cron-connector reads it.

Five fields or a name as `@hourly`, in UTC or in the zone that stands before them (`CRON_TZ=`
or `TZ=`). cronsim reads them as Debian's cron does; where robfig's parser, which the
cron-connector uses, reads otherwise, its reading is put in terms of the other: `?` is `*`,
a step of two or more restricts a day field (`*/2` is not «any day»), and `1/2` ends with the
last day there is. When clocks go forward, what is due in
the hour that is skipped is left out, and when they go back, what is due in the hour that comes
twice is due twice.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

NAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MILLENNIUM = 946_684_800
# No clock is changed by more.
CHANGE = timedelta(hours=3)
DAYS = {2: "1-31", 4: "0-6"}


@dataclass(frozen=True, slots=True)
class Cron:
    """The times that an expression names, in Unix time."""

    text: str

    @classmethod
    def read(cls, text: str) -> "Cron":
        zone, times = _parts(text)
        _zone(zone)
        fields = times.split()
        if times in NAMES:
            return cls(text)
        if len(fields) != 5:
            raise ValueError(
                "a schedule has five fields (minute, hour, day, month, day of the week; UTC "
                "unless CRON_TZ=<zone> stands before them), "
                f"or is one of {', '.join(NAMES)}, got {text!r}"
            )
        try:
            _next(text, MILLENNIUM, reverse=False)
        except (CronSimError, StopIteration) as error:
            reason = str(error) or "no day fits"
            raise ValueError(f"{reason} in the schedule {text!r}") from None
        return cls(text)

    def next(self, after: float) -> float:
        """Give the first time after this one."""
        return _next(self.text, int(after), reverse=False)

    def latest(self, upto: float) -> float:
        """Give the last time that is not later than this one."""
        return _next(self.text, int(upto) + 1, reverse=True)


def _next(text: str, at: int, *, reverse: bool) -> float:
    name, times = _parts(text)
    if name is not None:
        return _zoned(_plain(times), _zone(name), at, reverse=reverse)
    start = datetime.fromtimestamp(at, UTC)
    return next(CronSim(_plain(times), start, reverse=reverse)).timestamp()


def _zoned(times: str, zone: ZoneInfo, at: int, *, reverse: bool) -> float:
    """Look at what clocks on the wall show: when it is due, is never or twice.

    What they show later may be earlier, so all that is as near as a change is looked at.
    """
    way = -1 if reverse else 1
    wall = datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    found: list[float] = []
    first = wall
    for shown in CronSim(times, wall - way * CHANGE, reverse=reverse):
        if found and (shown - first) * way > CHANGE:
            break
        due = [moment for moment in _moments(shown, zone) if (moment - at) * way > 0]
        first = first if found else shown
        found += due
    if not found:
        raise StopIteration
    return min(found, key=lambda moment: moment * way)


def _moments(shown: datetime, zone: ZoneInfo) -> set[float]:
    """Tell when a clock on the wall shows this: once, twice, or never."""
    found = {shown.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)}
    return {m for m in found if datetime.fromtimestamp(m, zone).replace(tzinfo=None) == shown}


def _parts(text: str) -> tuple[str | None, str]:
    """Part the zone from the times; None when there is none."""
    found = re.fullmatch(r"(?:CRON_)?TZ=(\S*)\s+(.*)", text)
    return (found[1], found[2].strip()) if found else (None, text)


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo("UTC" if name is None else name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"a zone is named as in Europe/Berlin, got {name!r}") from None


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    fields = NAMES.get(text, text).replace("?", "*").split()
    for place, days in DAYS.items():
        fields[place] = ",".join(_days(part, days) for part in fields[place].split(","))
    return " ".join(fields)


def _days(part: str, days: str) -> str:
    """Put what one part of a day field means to robfig in terms of cronsim."""
    start, slash, step = part.partition("/")
    if not slash:
        return part
    if start == "*":
        return "*" if step == "1" else f"{days}/{step}"
    # Without an end it runs to the last day there is, and a week's is Saturday.
    return f"{start}-{days.split('-')[1]}/{step}" if start.isdigit() else part
