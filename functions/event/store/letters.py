"""Dead letters, as administrators see and decide them."""

from collections.abc import Sequence
from datetime import datetime

from functions.event.model import Action, Cause, DeadLetter, Decided, History, Seen, State
from functions.event.store.marking import PART, Which, change
from functions.event.store.projections import KEPT_AT
from functions.event.store.redaction import presentable
from functions.event.store.rows import letter_of, next_of, place_of, readable, sent
from functions.event.store.writes import RECORD, RECORD_MANY
from shared.databases.postgres import Postgres, PostgresTransaction, Row
from shared.errors import Conflict, NotFound
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
DISCARD = "state = 'discarded', kept_at = $2, discarded_by = $3, discarded_at = $4, why = $5"
RESTORE = "state = 'waiting', kept_at = $2, why = ''"


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

    async def discard(
        self, which: list[str] | Seen, by: str, at: datetime, why: str
    ) -> Decided:
        """Discard letters that wait: these, or all of a cause that were seen."""

        async def work(tx: PostgresTransaction) -> Decided:
            kept_at = await tx.fetchval(KEPT_AT)
            those = _those(State.WAITING, which)
            changed = await change(tx, DISCARD, (kept_at, by, at, why), those)
            await _record(tx, "discarded", (at, by, why), which, changed)
            return _decided(which, changed, kept_at)

        return await self.database.write(work)

    async def restore(
        self, which: list[str] | Seen, by: str, at: datetime, why: str
    ) -> Decided:
        """Let letters wait again that were discarded."""

        async def work(tx: PostgresTransaction) -> Decided:
            kept_at = await tx.fetchval(KEPT_AT)
            changed = await change(tx, RESTORE, (kept_at,), _those(State.DISCARDED, which))
            await _record(tx, "restored", (at, by, why), which, changed)
            return _decided(which, changed, kept_at)

        return await self.database.write(work)


def _found(row: Row | None, letter_id: str) -> Row:
    if row is None:
        raise NotFound(f"no dead letter has the id {letter_id}")
    return row


def _those(state: State, which: list[str] | Seen) -> Which:
    if not isinstance(which, Seen):
        return Which("state = {} AND id = ANY({}::text[])", (state, which))
    seen = "state = {} AND cause = {} AND kept_at <= {}"
    if which.since:
        return Which(
            f"{seen} AND kept_at >= {{}}", (state, which.cause, which.until, which.since)
        )
    return Which(seen, (state, which.cause, which.until))


async def _record(
    tx: PostgresTransaction,
    what: str,
    who: tuple[datetime, str, str],
    which: list[str] | Seen,
    changed: Sequence[str],
) -> None:
    at, by, why = who
    if isinstance(which, Seen):
        if not changed:
            raise Conflict(
                f"none of the dead letters that were seen of {which.cause} can be {what}"
            )
        count = len(changed)
        await tx.execute(RECORD_MANY, at, by, f"dead letters {what}", which.cause, why, count)
    for first in range(0, len(changed), PART):
        ids = changed[first : first + PART]
        await tx.execute(RECORD, at, by, f"dead letter {what}", ids, why)


def _decided(which: list[str] | Seen, changed: Sequence[str], at: datetime) -> Decided:
    ids, known = [] if isinstance(which, Seen) else which, set(changed)
    return Decided(
        changed=[letter_id for letter_id in ids if letter_id in known],
        unchanged=[letter_id for letter_id in ids if letter_id not in known],
        count=len(changed),
        at=at,
    )
