"""Runs: what goes on at a rate, however often its movers crash."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from functions.event.model import DeadLetter, Phase, Run, Turn
from functions.event.store.marking import Which, change
from functions.event.store.projections import KEPT_AT
from functions.event.store.rows import letter_of, next_of, place_of, run_of, sent
from functions.event.store.writes import RECORD, RECORD_MANY
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import Conflict, NotFound
from shared.pages import Page

# So long a run is left to whoever moves it; a mover that crashed is followed by another then.
HOLD = 30
# At most so many seconds' worth is sent at once, by a clock that was late.
BURST = 5

START = """
    INSERT INTO runs (id, kind, function, types, subject, position, beyond, total, rate,
                      started_by, started_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
MARK = "state = 'retrying', run = $2"
UNMARK = "state = 'waiting', run = NULL, kept_at = $2"
MEANT = "state = 'waiting' AND function <> 'unknown' AND "
RUN = "SELECT * FROM runs WHERE id = $1"
LOCK = "SELECT * FROM runs WHERE id = $1 FOR UPDATE"
RUNS = """
    SELECT * FROM runs WHERE (started_at, id) < ($1, $2)
    ORDER BY started_at DESC, id DESC LIMIT $3
"""
TURN = """
    UPDATE runs SET state = $2, moved_at = clock_timestamp(), waits_for = '{}',
        ended_at = CASE WHEN $2 = 'cancelled' THEN $3::timestamptz END
    WHERE id = $1 RETURNING *
"""
TAKE = """
    UPDATE runs SET held_until = clock_timestamp() + make_interval(secs => $1),
                    moved_at = clock_timestamp()
    FROM (
        SELECT id, moved_at FROM runs
        WHERE state = 'running' AND held_until < clock_timestamp()
            AND moved_at <= clock_timestamp() - make_interval(secs => 1.0 / rate)
        ORDER BY moved_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ) AS due
    WHERE runs.id = due.id
    RETURNING runs.*, least(rate * $3::int, floor(
        rate * extract(epoch FROM clock_timestamp() - due.moved_at)))::int AS allowance
"""
ADVANCE = """
    UPDATE runs SET position = $2, done = done + $3,
        held_until = clock_timestamp() + make_interval(secs => $5),
        state = CASE WHEN state = 'running' AND $4 THEN 'done' ELSE state END,
        ended_at = CASE WHEN state = 'running' AND $4 THEN clock_timestamp() ELSE ended_at END
    WHERE id = $1 RETURNING *
"""
RELEASE = """
    UPDATE runs SET held_until = '-infinity',
        waits_for = CASE WHEN state = 'running' THEN $2::text[] ELSE '{}' END
    WHERE id = $1
"""
LETTERS = """
    SELECT * FROM dead_letters
    WHERE run = $1 AND state = 'retrying' AND function <> ALL($3::text[]) ORDER BY id LIMIT $2
"""
# A run that was cancelled while they were sent has let go of them: they went all the same. One
# that has failed again since is another matter.
SENT = """
    UPDATE dead_letters SET state = 'retried', run = NULL, retried_by = $4, retried_at = $5
    FROM unnest($1::text[], $2::timestamptz[]) AS went(letter, failed)
    WHERE id = letter AND last_failed_at = failed
        AND (run = $3 AND state = 'retrying' OR run IS NULL AND state = 'waiting')
"""


class Runs:
    database: Postgres

    async def start_replay(self, run: Run, why: str) -> Run:
        async def work(tx: PostgresTransaction) -> Run:
            return await _start(tx, run, f"replay to {run.function} started", why)

        return await self.database.write(work)

    async def start_retry(
        self, run: Run, why: str, *, ids: list[str], cause: str, seen_until: datetime | None
    ) -> Run:
        """Mark the letters that are meant and wait; others that come later stay out of it."""
        if ids:
            which = Which(MEANT + "id = ANY({}::text[])", (ids,))
        else:
            which = Which(MEANT + "cause = {} AND kept_at <= {}", (cause, seen_until))

        async def work(tx: PostgresTransaction) -> Run:
            marked = await change(tx, MARK, (run.id,), which)
            if not marked:
                raise Conflict("none of these dead letters waits for a retry")
            total = len(marked)
            return await _start(tx, replace(run, total=total), "dead letters retried", why)

        return await self.database.write(work)

    async def run(self, run_id: str) -> Run:
        row = await self.database.fetchrow(RUN, run_id)
        if row is None:
            raise NotFound(f"no run has the id {run_id}")
        return run_of(row)

    async def runs(self, cursor: str | None, limit: int) -> Page[Run]:
        """List runs, the latest first."""
        rows = await self.database.fetch(RUNS, *place_of(cursor or None), limit + 1)
        return Page([run_of(row) for row in rows[:limit]], next_of(rows, limit, "started_at"))

    async def turn(self, run_id: str, state: Phase, *, by: str, at: datetime, why: str) -> Run:
        """Pause, resume or cancel a run; a cancelled one lets go of its letters."""

        async def work(tx: PostgresTransaction) -> Run:
            row = await tx.fetchrow(LOCK, run_id)
            if row is None:
                raise NotFound(f"no run has the id {run_id}")
            run_of(row).check_turn(state)
            if state is Phase.CANCELLED:
                still = Which("run = {} AND state = 'retrying'", (run_id,))
                await change(tx, UNMARK, (await tx.fetchval(KEPT_AT),), still)
            await tx.execute(RECORD, at, by, f"run {state}", [run_id], why)
            row = await tx.fetchrow(TURN, run_id, state, at)
            assert row is not None  # it is locked
            return run_of(row)

        return await self.database.write(work)

    # For whoever moves them

    async def take(self, limit: int) -> list[Turn]:
        """Take runs that may send something now; nobody else gets them for a while."""
        rows = await self.database.fetch(TAKE, HOLD, limit, BURST)
        return [Turn(run_of(row), row["allowance"]) for row in rows]

    async def letters_of(
        self, run: Run, limit: int, besides: Iterable[str] = ()
    ) -> list[tuple[DeadLetter, bytes]]:
        """Give letters of a retry that are not sent yet, each with what to send.

        Those to the functions `besides` are left out.
        """
        rows = await self.database.fetch(LETTERS, run.id, limit, list(besides))
        return [(letter_of(row), sent(row)) for row in rows]

    async def moved(
        self,
        run: Run,
        went: int,
        *,
        position: int = 0,
        ended: bool,
        letters: Sequence[DeadLetter] = (),
        at: datetime,
    ) -> Run:
        """Note how far a run came; what was sent and is not noted is sent once more."""

        async def work(tx: PostgresTransaction) -> Run:
            if letters:
                ids = [letter.id for letter in letters]
                failed = [letter.last_failed_at for letter in letters]
                await tx.execute(SENT, ids, failed, run.id, run.started_by, at)
                why = f"run {run.id}"
                await tx.execute(RECORD, at, run.started_by, "dead letter retried", ids, why)
            row = await tx.fetchrow(ADVANCE, run.id, position, went, ended, HOLD)
            assert row is not None  # runs are never deleted
            return run_of(row)

        return await self.database.write(work)

    async def release(self, run: Run, waits_for: Iterable[str]) -> None:
        """Let others move it, and say for which functions it waits."""
        await self.database.execute(RELEASE, run.id, sorted(waits_for))


async def _start(tx: PostgresTransaction, run: Run, action: str, why: str) -> Run:
    place = (run.position, run.beyond, run.total, run.rate)
    what = (run.id, run.kind, run.function, run.types, run.subject)
    await tx.execute(START, *what, *place, run.started_by, run.started_at)
    who = (run.started_at, run.started_by)
    await tx.execute(RECORD_MANY, *who, action, run.id, why, run.total)
    return run
