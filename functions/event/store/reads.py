"""What administrators and the platform ask of the log."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from functions.event.model import BEYOND, Counted, Slice, Stats, StoredEvent, Waiting
from functions.event.store.rows import EVENT, event_of
from shared.databases.postgres import Postgres, Row
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

SLICE = f"SELECT {EVENT} FROM events"  # noqa: S608 - columns of ours
COUNT = "SELECT count(*) FROM events"
BY_ID = f"""
    SELECT {EVENT} FROM events WHERE sequence = (SELECT sequence FROM event_keys WHERE id = $1)
"""  # noqa: S608 - columns of ours
BY_SUBJECT = f"""
    SELECT {EVENT} FROM events WHERE subject = $1 AND (coalesce(revision, 0), sequence) >
        (coalesce((SELECT revision FROM events WHERE sequence = $2), 0), $2)
    ORDER BY coalesce(revision, 0), sequence LIMIT $3
"""  # noqa: S608 - columns of ours
LAST = "SELECT last FROM event_log"
GROWTH = "event_log"  # the channel on which the log tells that it has grown
# The last place before a time; all of the log is before a time that has not come.
BEFORE = """
    SELECT coalesce((SELECT sequence - 1 FROM events WHERE recorded_at >= $1
                     ORDER BY recorded_at, sequence LIMIT 1),
                    (SELECT last FROM event_log))
"""
TALLIES = "SELECT type, events FROM event_tallies ORDER BY events DESC, type"
# There are no gaps between sequences, so the places of two times tell how many lie between.
PER_MINUTE = """
    SELECT lead(before) OVER (ORDER BY edge) - before AS events
    FROM (
        SELECT edge, coalesce((SELECT sequence - 1 FROM events WHERE recorded_at >= edge
                               ORDER BY recorded_at, sequence LIMIT 1),
                              (SELECT last FROM event_log)) AS before
        FROM generate_series(date_trunc('minute', now()) - interval '59 minutes',
                             date_trunc('minute', now()) + interval '1 minute',
                             interval '1 minute') AS edge
    ) AS edges ORDER BY edge LIMIT 60
"""
LAG = """
    SELECT coalesce(extract(epoch FROM percentile_disc(0.5) WITHIN GROUP
                            (ORDER BY recorded_at - time)), 0)::float8
    FROM (SELECT recorded_at, time FROM events ORDER BY sequence DESC LIMIT 100) AS latest
"""
CONFLICTS = "SELECT count(*) FROM event_conflicts"
WAITING = """
    SELECT function, count(*) AS letters FROM dead_letters WHERE state = 'waiting'
    GROUP BY function ORDER BY letters DESC, function
"""


class Reads:
    database: Postgres

    async def event(self, event_id: str) -> StoredEvent:
        row = await self.database.fetchrow(BY_ID, event_id)
        if row is None:
            raise NotFound(f"no event has the id {event_id}")
        return event_of(row)

    async def page(
        self, part: Slice, cursor: str | None, limit: int, *, newest: bool = False
    ) -> Page[StoredEvent]:
        """List a slice of the log, oldest or newest first."""
        after, before = await self.bounds(part)
        if newest:
            before = min(before, _place(cursor, BEYOND))
        else:
            after = max(after, _place(cursor, 0))
        return _page(await self._matching(part, after, before, limit + 1, newest=newest), limit)

    async def of(self, subject: str, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """List what happened to one aggregate by its revisions, however events arrived."""
        edge = _place(cursor, 0)
        return _page(await self.database.fetch(BY_SUBJECT, subject, edge, limit + 1), limit)

    async def last(self) -> int:
        """Give the highest sequence; whatever has a lower one is there to be read."""
        last: int = await self.database.fetchval(LAST)
        return last

    async def growth(self, heard: Callable[[], None]) -> None:
        """Call `heard` when events were appended, until the connection that listens is lost."""
        await self.database.listen(GROWTH, heard)

    async def bounds(self, part: Slice) -> tuple[int, int]:
        """Give the places between which a slice lies, neither of them in it."""
        after, before = part.after, part.before
        if part.since:
            after = max(after, await self.database.fetchval(BEFORE, part.since))
        if part.until:
            before = min(before, await self.database.fetchval(BEFORE, part.until) + 1)
        return after, before

    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        """Give what came behind a place, and the place up to which nothing else did."""
        last = await self.last()
        if last <= after:
            return [], after
        rows = await self._matching(part, after, last + 1, limit)
        events = [event_of(row) for row in rows]
        return events, events[-1].sequence if len(events) == limit else last

    async def between(
        self, part: Slice, after: int, before: int, limit: int
    ) -> list[StoredEvent]:
        """Give what a slice holds between two places, the oldest of it."""
        return [event_of(row) for row in await self._matching(part, after, before, limit)]

    async def counted(self, part: Slice) -> Counted:
        """Fix a slice as it is now, and count it."""
        after, before = await self.bounds(part)
        before = min(before, await self.last() + 1)
        tallies = await self.database.fetch(TALLIES)
        topics = part.topics.among(row["type"] for row in tallies)
        total = max(0, before - after - 1)
        if part.subject or topics.exact is not None:
            where, args = _where(replace(part, topics=topics), after, before)
            total = await self.database.fetchval(f"{COUNT} {where}", *args)
        return Counted(topics=topics, after=after, before=before, total=total)

    async def stats(self) -> Stats:
        tallies = await self.database.fetch(TALLIES)
        minutes = await self.database.fetch(PER_MINUTE)
        waiting = {
            row["function"]: row["letters"] for row in await self.database.fetch(WAITING)
        }
        return Stats(
            total=await self.last(),
            by_type={row["type"]: row["events"] for row in tallies},
            per_minute=[row["events"] for row in minutes],
            lag=round(max(0.0, await self.database.fetchval(LAG)), 3),
            conflicts=await self.database.fetchval(CONFLICTS),
            dead_letters=Waiting(waiting=sum(waiting.values()), by_function=waiting),
        )

    async def _matching(
        self, part: Slice, after: int, before: int, limit: int, *, newest: bool = False
    ) -> list[Row]:
        """Read with no more conditions than are asked for: each finds an index of its own."""
        where, args = _where(part, after, before)
        order = " DESC" if newest else ""
        return await self.database.fetch(
            f"{SLICE} {where} ORDER BY sequence{order} LIMIT {limit}", *args
        )


def _where(part: Slice, after: int, before: int) -> tuple[str, list[object]]:
    sql, args = "WHERE sequence > $1 AND sequence < $2", list[object]((after, before))
    for condition, value in _conditions(part):
        args.append(value)
        sql += f" AND {condition.format(len(args))}"
    return sql, args


def _conditions(part: Slice) -> list[tuple[str, object]]:
    exact = part.topics.exact
    if exact is not None and len(exact) != 1:
        kinds: tuple[str, object] = ("type = ANY(${}::text[])", list(exact))
    else:
        kinds = ("type = ${}", exact[0] if exact else None)
    conditions: list[tuple[str, object]] = [
        kinds,
        ("'.' || type ~ ${}", part.topics.pattern),
        ("subject = ${}", part.subject or None),
        ("correlationid = ${} AND correlationid <> ''", part.correlation or None),
    ]
    return [(condition, value) for condition, value in conditions if value is not None]


def _place(cursor: str | None, default: int) -> int:
    sequence: int = decode_cursor(cursor, 1, types=(int,))[0] if cursor else default
    return max(0, min(sequence, BEYOND))


def _page(rows: Sequence[Row], limit: int) -> Page[StoredEvent]:
    events = [event_of(row) for row in rows]
    more = len(events) > limit
    return Page(events[:limit], encode_cursor(events[limit - 1].sequence) if more else None)
