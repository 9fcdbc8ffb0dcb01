"""What administrators change: dead letters that are sent once more."""

from datetime import datetime

from functions.event.model import DeadLetter
from functions.event.store.reads import LETTER
from functions.event.store.rows import letter_of
from shared.databases.postgres import Postgres, PostgresTransaction

# Unless it has failed again since it was sent: then it waits anew, and must be seen.
RETRIED = """
    UPDATE dead_letters SET state = 'retried', retried_by = $2, retried_at = $3
    WHERE id = $1 AND last_failed_at = $4
"""
RECORD = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, caller, at)
    VALUES ($1, 'retry', $2, $3)
"""


class Writes:
    database: Postgres

    async def retried(self, letter: DeadLetter, by: str, at: datetime) -> DeadLetter:
        """Note who sent a dead letter to its function once more."""

        async def work(tx: PostgresTransaction) -> DeadLetter:
            await tx.execute(RECORD, letter.id, by, at)
            await tx.execute(RETRIED, letter.id, by, at, letter.last_failed_at)
            row = await tx.fetchrow(LETTER, letter.id)
            assert row is not None  # dead letters are never deleted
            return letter_of(row)

        return await self.database.write(work)
