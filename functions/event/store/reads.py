"""What administrators and the platform ask: the log, one history, dead letters."""

from collections.abc import Sequence
from datetime import UTC, datetime

from functions.event.model import DeadLetter, State, StoredEvent, Topics
from functions.event.store.rows import EVENT, event_of, letter_of
from shared.databases.postgres import Postgres, Row
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

BEYOND = 2**63 - 1
NEWEST = (datetime.max.replace(tzinfo=UTC), "")

MATCHING = f"""
    SELECT {EVENT} FROM events WHERE ($2::text[] IS NULL OR type = ANY($2))
        AND ($3::text IS NULL OR '.' || type ~ $3)
"""  # noqa: S608 - columns of ours
AFTER = MATCHING + "AND sequence > $1 ORDER BY sequence LIMIT $4"
BEFORE = MATCHING + "AND sequence < $1 ORDER BY sequence DESC LIMIT $4"
BY_SUBJECT = f"""
    SELECT {EVENT} FROM events WHERE subject = $1 AND (coalesce(revision, 0), sequence) >
        (coalesce((SELECT revision FROM events WHERE sequence = $2), 0), $2)
    ORDER BY coalesce(revision, 0), sequence LIMIT $3
"""  # noqa: S608 - columns of ours
LETTER = "SELECT * FROM dead_letters WHERE id = $1"
LETTERS = """
    SELECT * FROM dead_letters
    WHERE (last_failed_at, id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
    ORDER BY last_failed_at DESC, id DESC LIMIT $4
"""


class Reads:
    database: Postgres

    async def after(
        self, sequence: int, topics: Topics, cursor: str | None, limit: int
    ) -> Page[StoredEvent]:
        """List what follows a place in the log, oldest first."""
        edge = _place(cursor, sequence)
        rows = await self.database.fetch(AFTER, edge, *_topics(topics), limit + 1)
        return _page(rows, limit)

    async def newest(self, topics: Topics, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """List the end of the log, newest first."""
        edge = _place(cursor, BEYOND)
        rows = await self.database.fetch(BEFORE, edge, *_topics(topics), limit + 1)
        return _page(rows, limit)

    async def of(self, subject: str, cursor: str | None, limit: int) -> Page[StoredEvent]:
        """List what happened to one aggregate by its revisions, however events arrived."""
        edge = _place(cursor, 0)
        return _page(await self.database.fetch(BY_SUBJECT, subject, edge, limit + 1), limit)

    async def letter(self, letter_id: str) -> tuple[DeadLetter, bytes]:
        """Give a dead letter with its body as it came."""
        row = await self.database.fetchrow(LETTER, letter_id)
        if row is None:
            raise NotFound(f"no dead letter has the id {letter_id}")
        return letter_of(row), row["body"]

    async def letters(
        self, state: State | None, cursor: str | None, limit: int
    ) -> Page[DeadLetter]:
        """List dead letters, the latest failures first."""
        place = decode_cursor(cursor, 2, types=(datetime, str)) if cursor else NEWEST
        rows = await self.database.fetch(LETTERS, *place, state, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        next_ = encode_cursor(last["last_failed_at"], last["id"]) if last else None
        return Page([letter_of(row) for row in rows[:limit]], next_)


def _place(cursor: str | None, default: int) -> int:
    sequence: int = decode_cursor(cursor, 1, types=(int,))[0] if cursor else default
    return max(0, min(sequence, BEYOND))


def _topics(topics: Topics) -> tuple[list[str] | None, str | None]:
    return (list(topics.exact) if topics.exact else None), topics.pattern


def _page(rows: Sequence[Row], limit: int) -> Page[StoredEvent]:
    events = [event_of(row) for row in rows]
    more = len(events) > limit
    return Page(events[:limit], encode_cursor(events[limit - 1].sequence) if more else None)
