"""Dead letters, as administrators see and decide them."""

from collections.abc import Sequence
from datetime import datetime

from functions.event.model import Action, Cause, DeadLetter, Decided, History, State
from functions.event.store.redaction import presentable
from functions.event.store.rows import letter_of, next_of, place_of, readable, sent
from functions.event.store.writes import RECORD
from shared.databases.postgres import Postgres, PostgresTransaction, Row
from shared.errors import NotFound
from shared.pages import Page

LETTER = "SELECT * FROM dead_letters WHERE id = $1"
LETTERS = "SELECT * FROM dead_letters WHERE (last_failed_at, id) < ($1, $2)"
ACTIONS = "SELECT at, caller, action, why FROM actions WHERE target = $1 ORDER BY position"
# Counted in one index, unless it is for one function; what letters of a cause have in common is
# asked of one of them, and for the causes of the page alone.
CAUSES = """
    SELECT counted.*, latest.id AS latest, function, reason, pattern
    FROM (
        SELECT cause AS id, count(*) AS letters, min(first_failed_at) AS first_failed_at,
               max(last_failed_at) AS last_failed_at, max(kept_at) AS seen_until
        FROM dead_letters WHERE state = $1 {} GROUP BY cause
        HAVING (max(last_failed_at), cause) < ($2, $3)
        ORDER BY max(last_failed_at) DESC, cause DESC LIMIT $4
    ) AS counted, LATERAL (
        SELECT dead_letters.id, function, reason, pattern FROM dead_letters
        WHERE cause = counted.id AND state = $1
        ORDER BY dead_letters.last_failed_at DESC, dead_letters.id DESC LIMIT 1
    ) AS latest
    ORDER BY counted.last_failed_at DESC, counted.id DESC
"""
CAUSES_OF_ALL = CAUSES.format("")
CAUSES_OF_ONE = CAUSES.format("AND function = $5")
# Unless it has failed again since it was sent: then it waits anew, and must be seen.
RETRIED = """
    UPDATE dead_letters SET state = 'retried', retried_by = $2, retried_at = $3
    WHERE id = $1 AND last_failed_at = $4
"""
LOCK = "SELECT * FROM dead_letters WHERE id = $1 FOR UPDATE"
EDIT = """
    UPDATE dead_letters SET edited = $2, edited_by = $3, edited_at = $4,
        members = ARRAY(SELECT unnest(members) UNION SELECT unnest($5::text[]))
    WHERE id = $1
"""
DISCARD = """
    UPDATE dead_letters SET state = 'discarded', discarded_by = $2, discarded_at = $3, why = $4
    WHERE id = ANY($1::text[]) AND state = 'waiting' RETURNING id
"""
RESTORE = """
    UPDATE dead_letters SET state = 'waiting', why = ''
    WHERE id = ANY($1::text[]) AND state = 'discarded' RETURNING id
"""


class Letters:
    database: Postgres

    async def letter(self, letter_id: str) -> tuple[DeadLetter, bytes]:
        """Give a dead letter with what a retry of it sends."""
        row = _found(await self.database.fetchrow(LETTER, letter_id), letter_id)
        return letter_of(row), sent(row)

    async def history(self, letter_id: str) -> History:
        row = _found(await self.database.fetchrow(LETTER, letter_id), letter_id)
        actions = [Action(**action) for action in await self.database.fetch(ACTIONS, letter_id)]
        return History(letter=letter_of(row), original=readable(row["body"]), actions=actions)

    async def letters(
        self, wanted: Sequence[tuple[str, str]], cursor: str | None, limit: int
    ) -> Page[DeadLetter]:
        """List dead letters with these values in their columns, the latest failures first."""
        sql, args = LETTERS, list[object](place_of(cursor))
        for column, value in wanted:
            if value:
                args.append(value)
                sql += f" AND {column} = ${len(args)}"
        sql += f" ORDER BY last_failed_at DESC, id DESC LIMIT {limit + 1}"
        rows = await self.database.fetch(sql, *args)
        return Page(
            [letter_of(row) for row in rows[:limit]], next_of(rows, limit, "last_failed_at")
        )

    async def causes(
        self, state: State, function: str, cursor: str | None, limit: int
    ) -> Page[Cause]:
        """List dead letters of one state by their causes, the latest failures first."""
        args = (state, *place_of(cursor), limit + 1, *([function] if function else []))
        rows = await self.database.fetch(CAUSES_OF_ONE if function else CAUSES_OF_ALL, *args)
        return Page(
            [Cause(**row) for row in rows[:limit]], next_of(rows, limit, "last_failed_at")
        )

    async def retried(
        self, letter: DeadLetter, by: str, at: datetime, why: str = ""
    ) -> DeadLetter:
        """Note who sent a dead letter to its function once more."""

        async def work(tx: PostgresTransaction) -> DeadLetter:
            await tx.execute(RECORD, at, by, "dead letter retried", [letter.id], why)
            await tx.execute(RETRIED, letter.id, by, at, letter.last_failed_at)
            return letter_of(_found(await tx.fetchrow(LETTER, letter.id), letter.id))

        return await self.database.write(work)

    async def edit(
        self, letter_id: str, event_id: str, body: bytes, *, by: str, at: datetime, why: str
    ) -> DeadLetter:
        """Let a retry send another body, and keep the one that came."""

        async def work(tx: PostgresTransaction) -> DeadLetter:
            [kept] = await presentable(tx, [body])
            letter = letter_of(_found(await tx.fetchrow(LOCK, letter_id), letter_id))
            letter.check_edit(event_id)
            await tx.execute(EDIT, letter_id, kept.body, by, at, kept.members)
            await tx.execute(RECORD, at, by, "dead letter edited", [letter_id], why)
            return letter_of(_found(await tx.fetchrow(LETTER, letter_id), letter_id))

        return await self.database.write(work)

    async def discard(self, ids: list[str], by: str, at: datetime, why: str) -> Decided:
        async def work(tx: PostgresTransaction) -> Decided:
            decided = _decided(ids, await tx.fetch(DISCARD, ids, by, at, why))
            await tx.execute(RECORD, at, by, "dead letter discarded", decided.changed, why)
            return decided

        return await self.database.write(work)

    async def restore(self, ids: list[str], by: str, at: datetime, why: str) -> Decided:
        async def work(tx: PostgresTransaction) -> Decided:
            decided = _decided(ids, await tx.fetch(RESTORE, ids))
            await tx.execute(RECORD, at, by, "dead letter restored", decided.changed, why)
            return decided

        return await self.database.write(work)


def _found(row: Row | None, letter_id: str) -> Row:
    if row is None:
        raise NotFound(f"no dead letter has the id {letter_id}")
    return row


def _decided(ids: list[str], rows: Sequence[Row]) -> Decided:
    changed = {row["id"] for row in rows}
    return Decided(
        changed=[letter_id for letter_id in ids if letter_id in changed],
        unchanged=[letter_id for letter_id in ids if letter_id not in changed],
    )
