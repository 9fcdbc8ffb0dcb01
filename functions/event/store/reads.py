"""What administrators and the platform ask of the log."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from functions.event.model import BEYOND, Counted, Slice, Stats, StoredEvent, Waiting
from functions.event.store.history import PATIENCE, History
from functions.event.store.rows import EVENT, event_of
from shared.databases.postgres import Row
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

SLICE = f"SELECT {EVENT} FROM events"  # noqa: S608 - columns of ours
COUNT = "SELECT count(*) FROM events"
# Who has a key and no row is in the archive.
BY_ID = f"""
    SELECT place, {EVENT} FROM (SELECT sequence AS place FROM event_keys WHERE id = $1) AS key
    LEFT JOIN events ON sequence = place
"""  # noqa: S608 - columns of ours
BY_SUBJECT = f"""
    SELECT place, {EVENT} FROM (
        SELECT sequence AS place, coalesce(revision, 0) AS rank FROM event_keys
        WHERE subject = $1 AND (coalesce(revision, 0), sequence) >
            (coalesce((SELECT revision FROM event_keys WHERE sequence = $2), 0), $2)
        ORDER BY coalesce(revision, 0), sequence LIMIT $3
    ) AS keys LEFT JOIN events ON sequence = place ORDER BY rank, place
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


class Reads(History):
    async def event(self, event_id: str) -> StoredEvent:
        rows = await self.database.fetch(BY_ID, event_id)
        if not rows:
            raise NotFound(f"no event has the id {event_id}")
        [event] = await self._found(rows)
        return event

    async def page(
        self, part: Slice, cursor: str | None, limit: int, *, newest: bool = False
    ) -> Page[StoredEvent]:
        """List a slice of the log, oldest or newest first.

        Where the archive has to be searched, a page may be short and not the last.
        """
        after, before = await self.bounds(part)
        if newest:
            before = min(before, _place(cursor, BEYOND))
        else:
            after = max(after, _place(cursor, 0))
        asked = (part, after, before, limit + 1)
        events, place = await self._span(*asked, newest=newest, patience=PATIENCE)
        if len(events) > limit:
            events, place = events[:limit], events[limit - 1].sequence
        return Page(events, None if place is None else encode_cursor(place))

    async def of(self, subject: str, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """List what happened to one aggregate by its revisions, however events arrived."""
        edge = _place(cursor, 0)
        rows = await self.database.fetch(BY_SUBJECT, subject, edge, limit + 1)
        events = await self._found(rows[:limit])
        more = len(rows) > limit
        return Page(events, encode_cursor(events[-1].sequence) if more else None)

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
            after = max(after, await self._before(part.since))
        if part.until:
            before = min(before, await self._before(part.until) + 1)
        return after, before

    async def _before(self, time: datetime) -> int:
        """Give the last place before a time, wherever that is."""
        place: int = await self.database.fetchval(BEFORE, time)
        if place > await self.boundary():
            return place
        there = await self.place_since(time)
        return place if there is None else there

    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        """Give what came behind a place, and the place up to which nothing else did."""
        last = await self.last()
        if last <= after:
            return [], after
        events, _ = await self._span(part, after, last + 1, limit)
        return events, events[-1].sequence if len(events) == limit else last

    async def between(
        self, part: Slice, after: int, before: int, limit: int
    ) -> list[StoredEvent]:
        """Give what a slice holds between two places, the oldest of it."""
        events, _ = await self._span(part, after, before, limit)
        return events

    async def _span(
        self,
        part: Slice,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = False,
        patience: float | None = None,
    ) -> tuple[list[StoredEvent], int | None]:
        """Read a slice across the boundary; with it the place where patience ended, or None.

        The boundary is read behind the log: what went to the archive meanwhile is in both.
        """
        rows = await self._matching(part, after, before, limit, newest=newest)
        boundary = await self.boundary()
        live = [event_of(row) for row in rows if row["sequence"] > boundary]
        if after >= boundary:
            return live, None
        if newest and live:  # who only looks at the newest is not made to wait for S3
            return live, boundary + 1
        if part.topics.pattern is not None:  # the archive knows its chunks by exact types
            tallies = await self.database.fetch(TALLIES)
            part = replace(part, topics=part.topics.among(row["type"] for row in tallies))
        old, place = await self.older(
            part, after, min(before, boundary + 1), limit, newest=newest, patience=patience
        )
        return (old, place) if place is not None else ((old + live)[:limit], None)

    async def _found(self, rows: Sequence[Row]) -> list[StoredEvent]:
        """Give the events of keys in their order, from the log or from the archive."""
        gone = [row["place"] for row in rows if row["id"] is None]
        old = {event.sequence: event for event in await self.archived(gone)} if gone else {}
        return [
            old[row["place"]] if row["id"] is None else event_of(_event(row)) for row in rows
        ]

    async def counted(self, part: Slice) -> Counted:
        """Fix a slice as it is now, and count it."""
        after, before = await self.bounds(part)
        before = min(before, await self.last() + 1)
        tallies = await self.database.fetch(TALLIES)
        topics = part.topics.among(row["type"] for row in tallies)
        total = max(0, before - after - 1)
        if part.subject or topics.exact is not None:
            part = replace(part, topics=topics)
            boundary = await self.boundary()
            where, args = _where(part, max(after, boundary), before)
            total = await self.database.fetchval(f"{COUNT} {where}", *args)
            if after < boundary:
                total += await self.counted_there(part, after, min(before, boundary + 1))
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


def _event(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "place"}
