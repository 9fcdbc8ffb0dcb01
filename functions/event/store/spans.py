"""Slices of the log across the boundary of the archive."""

from dataclasses import replace
from datetime import datetime

from functions.event.model import Slice, StoredEvent, Topics
from functions.event.store.history import PATIENCE, History
from functions.event.store.rows import EVENT, event_of
from shared.databases.postgres import Row

SLICE = f"SELECT {EVENT} FROM events"  # noqa: S608 - columns of ours
LAST = "SELECT last FROM event_log"
# The last place before a time; all of the log is before a time that has not come.
BEFORE = """
    SELECT coalesce((SELECT sequence - 1 FROM events WHERE recorded_at >= $1
                     ORDER BY recorded_at, sequence LIMIT 1),
                    (SELECT last FROM event_log))
"""
TALLIES = "SELECT type, events FROM event_tallies ORDER BY events DESC, type"
# The places of each type in an order that no index gives but that of types: by the sequence
# alone, a planner walks through all of the log for a type of which it expects many. The rows of
# those that are meant are read afterwards, each by its place.
OF_TYPES = f"""
    SELECT {EVENT} FROM (
        SELECT place FROM unnest($3::text[]) AS kind CROSS JOIN LATERAL (
            SELECT sequence AS place FROM events
            WHERE (type, sequence) > (kind, $1) AND (type, sequence) < (kind, $2)
                AND sequence > $1 AND sequence < $2
            ORDER BY type {{order}}, sequence {{order}} LIMIT $4
        ) AS of_kind ORDER BY place {{order}} LIMIT $4
    ) AS places CROSS JOIN LATERAL (
        SELECT {EVENT} FROM events WHERE sequence = place LIMIT 1
    ) AS event ORDER BY place {{order}}
"""  # noqa: S608 - columns of ours


class Spans(History):
    async def last(self) -> int:
        """Give the highest sequence; whatever has a lower one is there to be read."""
        last: int = await self.database.fetchval(LAST)
        return last

    async def bounds(self, part: Slice) -> tuple[int, int]:
        """Give the places between which a slice lies, neither of them in it."""
        after, before = part.after, part.before
        if part.since:
            after = max(after, await self._before(part.since))
        if part.until:
            before = min(before, await self._before(part.until) + 1)
        return after, before

    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        """Give what came behind a place, and the place up to which nothing else did."""
        last = await self.last()
        return await self.within(part, after, last + 1, limit) if last > after else ([], after)

    async def within(
        self, part: Slice, after: int, before: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        """Give the oldest between two places, and the place up to which there is nothing else.

        It may be few, or nothing, and not the end: nobody waits until a rare event is found.
        """
        events, place = await self.span(part, after, before, limit, patience=PATIENCE)
        if len(events) >= limit:
            place = events[-1].sequence
        return events, before - 1 if place is None else place

    async def between(
        self, part: Slice, after: int, before: int, limit: int
    ) -> list[StoredEvent]:
        """Give the oldest between two places, however long it takes to find them."""
        events, _ = await self.span(part, after, before, limit)
        return events

    async def span(
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
        if part.topics.pattern is not None:
            # No event has a type that is not tallied; what comes from now on may have one.
            before = min(before, await self.last() + 1)
            tallies = await self.database.fetch(TALLIES)
            part = replace(part, topics=part.topics.among(row["type"] for row in tallies))
        if part.topics.exact == ():
            return [], None
        rows = await self._matching(part, after, before, limit, newest=newest)
        boundary = await self.boundary()
        live = [event_of(row) for row in rows if row["sequence"] > boundary]
        if after >= boundary:
            return live, None
        if newest and live:  # who only looks at the newest is not made to wait for S3
            return live, boundary + 1
        old, place = await self.older(
            part, after, min(before, boundary + 1), limit, newest=newest, patience=patience
        )
        return (old, place) if place is not None else ((old + live)[:limit], None)

    async def _before(self, time: datetime) -> int:
        """Give the last place before a time, wherever that is."""
        place: int = await self.database.fetchval(BEFORE, time)
        if place > await self.boundary():
            return place
        there = await self.place_since(time)
        return place if there is None else there

    async def _matching(
        self, part: Slice, after: int, before: int, limit: int, *, newest: bool = False
    ) -> list[Row]:
        """Read with no more conditions than are asked for: each finds an index of its own."""
        order = "DESC" if newest else "ASC"
        if part.topics.exact is not None and not (part.subject or part.correlation):
            kinds = distinct(part.topics)
            sql = OF_TYPES.format(order=order)
            return await self.database.fetch(sql, after, before, kinds, limit)
        where, args = where_of(part, after, before)
        return await self.database.fetch(
            f"{SLICE} {where} ORDER BY sequence {order} LIMIT {limit}", *args
        )


def distinct(topics: Topics) -> list[str]:
    return list(dict.fromkeys(topics.exact or ()))


def where_of(part: Slice, after: int, before: int) -> tuple[str, list[object]]:
    """Give the condition of a slice whose types are named, and its values."""
    sql, args = "WHERE sequence > $1 AND sequence < $2", list[object]((after, before))
    for condition, value in (
        ("type = ANY(${}::text[])", distinct(part.topics) or None),
        ("subject = ${}", part.subject or None),
        ("correlationid = ${} AND correlationid <> ''", part.correlation or None),
    ):
        if value is not None:
            args.append(value)
            sql += f" AND {condition.format(len(args))}"
    return sql, args
