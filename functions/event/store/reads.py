"""What administrators and the platform ask of the log."""

from collections.abc import Callable, Sequence

from functions.event.model import BEYOND, Slice, StoredEvent
from functions.event.store.counts import Counts
from functions.event.store.history import PATIENCE
from functions.event.store.rows import EVENT, event_of
from shared.databases.postgres import Row
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

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
GROWTH = "event_log"  # the channel on which the log tells that it has grown


class Reads(Counts):
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
        events, place = await self.span(*asked, newest=newest, patience=PATIENCE)
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

    async def growth(self, heard: Callable[[], None]) -> None:
        """Call `heard` when events were appended, until the connection that listens is lost."""
        await self.database.listen(GROWTH, heard)

    async def _found(self, rows: Sequence[Row]) -> list[StoredEvent]:
        """Give the events of keys in their order, from the log or from the archive."""
        gone = [row["place"] for row in rows if row["id"] is None]
        old = {event.sequence: event for event in await self.archived(gone)} if gone else {}
        return [
            old[row["place"]] if row["id"] is None else event_of(_event(row)) for row in rows
        ]


def _place(cursor: str | None, default: int) -> int:
    sequence: int = decode_cursor(cursor, 1, types=(int,))[0] if cursor else default
    return max(0, min(sequence, BEYOND))


def _event(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "place"}
