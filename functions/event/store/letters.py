"""Dead letters, as administrators see and decide them."""

from datetime import UTC, datetime

from functions.event.model import DeadLetter, State
from functions.event.store.rows import letter_of
from functions.event.store.writes import RECORD
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

NEWEST = (datetime.max.replace(tzinfo=UTC), "")

LETTER = "SELECT * FROM dead_letters WHERE id = $1"
LETTERS = """
    SELECT * FROM dead_letters
    WHERE (last_failed_at, id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
    ORDER BY last_failed_at DESC, id DESC LIMIT $4
"""
# Unless it has failed again since it was sent: then it waits anew, and must be seen.
RETRIED = """
    UPDATE dead_letters SET state = 'retried', retried_by = $2, retried_at = $3
    WHERE id = $1 AND last_failed_at = $4
"""


class Letters:
    database: Postgres

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

    async def retried(self, letter: DeadLetter, by: str, at: datetime) -> DeadLetter:
        """Note who sent a dead letter to its function once more."""

        async def work(tx: PostgresTransaction) -> DeadLetter:
            await tx.execute(RECORD, at, by, "dead letter retried", [letter.id], "")
            await tx.execute(RETRIED, letter.id, by, at, letter.last_failed_at)
            row = await tx.fetchrow(LETTER, letter.id)
            assert row is not None  # dead letters are never deleted
            return letter_of(row)

        return await self.database.write(work)
