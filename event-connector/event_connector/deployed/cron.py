"""When a function is due by its cron expression, as OpenFaaS's cron-connector reads it.

Five fields in UTC, or a name as `@hourly`. cronsim reads them as Debian's cron does; where
robfig's parser, which the cron-connector uses, reads otherwise, its reading is put in terms of
the other: `?` is `*`, and a step restricts a day field (`*/2` is not «any day»).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

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
DAYS = {2: "1-31", 4: "0-6"}


@dataclass(frozen=True, slots=True)
class Cron:
    """The times that an expression names, in Unix time."""

    text: str

    @classmethod
    def read(cls, text: str) -> "Cron":
        fields = text.split()
        if text in NAMES:
            return cls(text)
        if len(fields) != 5:
            raise ValueError(
                "a schedule has five fields (minute, hour, day, month, day of the week; UTC), "
                f"or is one of {', '.join(NAMES)}, got {text!r}"
            )
        try:
            next(CronSim(_plain(text), datetime(2000, 1, 1, tzinfo=UTC)))
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
    start = datetime.fromtimestamp(at, UTC)
    return next(CronSim(_plain(text), start, reverse=reverse)).timestamp()


@lru_cache(maxsize=256)
def _plain(text: str) -> str:
    fields = NAMES.get(text, text).replace("?", "*").split()
    for place, days in DAYS.items():
        fields[place] = ",".join(
            days + part[1:] if part.startswith("*/") else part
            for part in fields[place].split(",")
        )
    return " ".join(fields)
