"""How much there is of everything."""

import asyncio
from dataclasses import replace

from functions.event.model import Counted, Slice, Stats, Waiting
from functions.event.store.spans import TALLIES, Spans, where_of

# Places of the log that are counted by one statement, which may not take long, and the time in
# which it is so short that twice as many may follow.
STEP = 100_000
QUICK = 0.2

COUNT = "SELECT count(*) FROM events"
# The keys are all there, wherever their events are.
OF_SUBJECT = """
    SELECT count(*) FROM event_keys WHERE subject = $1 AND sequence > $2 AND sequence < $3
"""
# By one statement: an event is before the end and in the tallies, or neither.
WHOLE = """
    SELECT last, type, events FROM event_log LEFT JOIN event_tallies ON true
    ORDER BY events DESC, type
"""
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


class Counts(Spans):
    async def counted(self, part: Slice) -> Counted:
        """Fix a slice as it is now, and count it."""
        after, before = await self.bounds(part)
        rows = await self.database.fetch(WHOLE)
        last = rows[0]["last"]
        before = min(before, last + 1)
        tallies = {row["type"]: row["events"] for row in rows if row["type"] is not None}
        topics = part.topics.among(tallies)
        if part.subject or (topics.exact is not None and (after > 0 or before <= last)):
            total = await self._counted(replace(part, topics=topics), after, before)
        elif topics.exact is not None:
            total = sum(tallies.get(kind, 0) for kind in set(topics.exact))
        else:
            total = max(0, before - after - 1)
        return Counted(topics=topics, after=after, before=before, total=total)

    async def _counted(self, part: Slice, after: int, before: int) -> int:
        if part.topics.exact is None:
            count: int = await self.database.fetchval(OF_SUBJECT, part.subject, after, before)
            return count
        if not part.topics.exact:
            return 0
        boundary = await self.boundary()
        total = await self._counted_live(part, max(after, boundary), before)
        if after < boundary:
            total += await self.counted_there(part, after, min(before, boundary + 1))
        return total

    async def _counted_live(self, part: Slice, after: int, before: int) -> int:
        """Count a part of the log step by step: as a whole it may be more than one may ask."""
        clock = asyncio.get_running_loop().time
        # What one subject has is found by its index, wherever it is.
        total, step = 0, before if part.subject else STEP
        while after + 1 < before:
            edge, began = min(before, after + 1 + step), clock()
            where, args = where_of(part, after, edge)
            total += await self.database.fetchval(f"{COUNT} {where}", *args)
            step = step * 2 if clock() - began < QUICK else max(STEP, step // 2)
            after = edge - 1
        return total

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
