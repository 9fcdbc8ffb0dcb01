"""Reading on in the archive where the log does not reach."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime

from functions.event.model import BEYOND, Chunk, Slice, StoredEvent
from functions.event.store.chunks import Line, lines_of
from functions.event.store.redaction import DEPARTED
from functions.event.store.rows import event_of
from shared import log
from shared.databases.postgres import Postgres
from shared.errors import Unavailable
from shared.objects import Bucket, Missing

# Chunks that one statement names, and how long a reader who can come again is kept waiting.
NAMED = 8
PATIENCE = 1.0

BOUNDARY = "SELECT last FROM archive"
CHUNK = "SELECT first, last, key, sha256, members FROM archive_chunks"
AT = f"{CHUNK} WHERE first = $1"
OF = f"""
    {CHUNK} WHERE first = (SELECT max(first) FROM archive_chunks WHERE first <= $1)
"""  # noqa: S608 - columns of ours
SPAN = "last > $1 AND first < $2 AND last <= (SELECT last FROM archive)"
OF_TYPES = " AND types ?| ${}::text[]"
OF_SUBJECT = """ AND EXISTS (SELECT FROM event_keys
    WHERE subject = ${} AND sequence >= first AND sequence <= archive_chunks.last)"""
COUNTS = "SELECT first, last, types FROM archive_chunks WHERE "
SINCE = f"""
    {CHUNK} WHERE recorded >= $1 AND last <= (SELECT last FROM archive) ORDER BY first LIMIT 1
"""  # noqa: S608 - columns of ours


class History:
    database: Postgres
    bucket: Bucket | None

    async def boundary(self) -> int:
        """Give the sequence up to which events are in the archive alone."""
        last: int = await self.database.fetchval(BOUNDARY)
        return last

    async def archived(self, sequences: Sequence[int]) -> list[StoredEvent]:
        """Give the events at these places, as far as they are in the archive; in this order."""
        found: dict[int, StoredEvent] = {}
        for sequence in sequences:
            if sequence not in found:
                row = await self.database.fetchrow(OF, sequence)
                wanted = set(sequences)
                lines = await self._lines(Chunk(**row)) if row else iter(())
                found |= {
                    line.sequence: event_of(line.row())
                    for line in lines
                    if line.sequence in wanted
                }
        return [found[sequence] for sequence in sequences if sequence in found]

    async def older(
        self,
        part: Slice,
        after: int,
        before: int,
        limit: int,
        *,
        newest: bool = False,
        patience: float | None = None,
    ) -> tuple[list[StoredEvent], int | None]:
        """Give what the archive has of a slice between two places.

        The place at which the search was given up comes with it, None when it came to its end.
        """
        clock = asyncio.get_running_loop().time
        began, found = clock(), list[StoredEvent]()
        while chunks := await self._chunks(part, after, before, newest=newest):
            for chunk in chunks:
                within = (max(after, chunk.first - 1), min(before, chunk.last + 1))
                lines = [li for li in await self._lines(chunk) if _matches(li, part, *within)]
                found += [event_of(line.row()) for line in (lines[::-1] if newest else lines)]
                after, before = (after, chunk.first) if newest else (chunk.last, before)
                place = before if newest else after
                if len(found) >= limit:
                    return found[:limit], place
                if patience is not None and clock() - began > patience:
                    return found, place
        return found, None

    async def counted_there(self, part: Slice, after: int, before: int) -> int:
        """Count what the archive has of a slice, reading only chunks at its edges."""
        total = 0
        where, args = _where(part, after, before)
        for row in await self.database.fetch(COUNTS + where, *args):
            first, last = row["first"], row["last"]
            if part.subject or part.correlation or first <= after or last >= before:
                found, _ = await self.older(
                    part, max(after, first - 1), min(before, last + 1), BEYOND
                )
                total += len(found)
            else:
                counts = row["types"].items()
                total += sum(count for kind, count in counts if part.topics.takes(kind))
        return total

    async def place_since(self, time: datetime) -> int | None:
        """Give the last archived place before a time, None if no archived event is so late."""
        row = await self.database.fetchrow(SINCE, time)
        lines = await self._lines(Chunk(**row)) if row else iter(())
        return next((line.sequence - 1 for line in lines if line.recorded_at >= time), None)

    async def _chunks(
        self, part: Slice, after: int, before: int, *, newest: bool
    ) -> list[Chunk]:
        where, args = _where(part, after, before)
        order = " DESC" if newest else ""
        rows = await self.database.fetch(
            f"{CHUNK} WHERE {where} ORDER BY first{order} LIMIT {NAMED}", *args
        )
        return [Chunk(**row) for row in rows]

    async def _lines(self, chunk: Chunk) -> Iterator[Line]:
        """Read a chunk as it is now, without what is personal of members who are gone."""
        if self.bucket is None:
            raise Unavailable("these events are in the archive, and S3_ENDPOINT is empty", 60)
        try:
            lines = await lines_of(self.bucket, chunk)
        except Missing:
            chunk = await self._replaced(chunk)
            lines = await lines_of(self.bucket, chunk)
        rows = await self.database.fetch(DEPARTED, chunk.members) if chunk.members else []
        gone = {row["member"] for row in rows}
        return (line.without(gone) for line in lines) if gone else lines

    async def _replaced(self, chunk: Chunk) -> Chunk:
        """Give a chunk anew whose object is gone: it was redacted, or somebody took it away."""
        row = await self.database.fetchrow(AT, chunk.first)
        if row is None or row["key"] == chunk.key:
            log.error("archived events missing", key=chunk.key)
            raise Unavailable(f"the archive lacks {chunk.key}", 60)
        return Chunk(**row)


def _where(part: Slice, after: int, before: int) -> tuple[str, list[object]]:
    sql, args = SPAN, list[object]((after, before))
    if part.topics.exact is not None:
        args.append(list(part.topics.exact))
        sql += OF_TYPES.format(len(args))
    if part.subject:
        args.append(part.subject)
        sql += OF_SUBJECT.format(len(args))
    return sql, args


def _matches(line: Line, part: Slice, after: int, before: int) -> bool:
    return (
        after < line.sequence < before
        and part.topics.takes(line.type)
        and part.subject in {"", line.subject}
        and part.correlation in {"", line.correlationid}
    )
