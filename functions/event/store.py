"""The log of events and the dead letters, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from functions.event.model import (
    Clash,
    DeadLetter,
    Key,
    Sorted,
    State,
    StoredEvent,
    Topics,
    sort_out,
)
from shared.databases.database import Duplicate
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.errors import Invalid, NotFound
from shared.events import Event
from shared.pages import Page, decode_cursor, encode_cursor
from shared.settings import Settings

SCHEMA = Path(__file__).parent / "schema"

KNOWN = """
    SELECT id, subject, revision FROM event_keys WHERE id = ANY($1::text[])
    UNION
    SELECT id, subject, revision FROM event_keys
    WHERE (subject, revision) IN (SELECT * FROM unnest($2::text[], $3::bigint[]))
"""
# The row of event_log is locked from here to the commit, so it is asked for last.
APPEND = """
    WITH counted AS (
        UPDATE event_log SET last = last + $1::bigint
        RETURNING last - $1 AS before, last + partition_rows > capacity AS narrow
    ), incoming AS (
        SELECT before + place AS sequence, event.*
        FROM counted, unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[],
                             $7::timestamptz[], $8::text[], $9::text[], $10::text[],
                             $11::text[], $12::json[])
            WITH ORDINALITY AS event(id, type, source, subject, revision, time, dataschema,
                                     correlationid, causationid, traceparent, data, place)
    ), keyed AS (
        INSERT INTO event_keys (sequence, id, subject, revision)
        SELECT sequence, id, subject, revision FROM incoming
    ), kept AS (
        INSERT INTO events
        SELECT sequence, id, type, source, subject, revision, time, dataschema, correlationid,
               causationid, traceparent, data FROM incoming
    )
    SELECT narrow FROM counted
"""
EXTEND = "SELECT extend_event_log()"
KEEP_APART = """
    INSERT INTO event_conflicts (id, subject, revision, kept_id, envelope)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
"""
MATCHING = """
    SELECT * FROM events WHERE ($2::text[] IS NULL OR type = ANY($2))
        AND ($3::text IS NULL OR '.' || type ~ $3)
"""
AFTER = MATCHING + "AND sequence > $1 ORDER BY sequence LIMIT $4"
BEFORE = MATCHING + "AND sequence < $1 ORDER BY sequence DESC LIMIT $4"
BY_SUBJECT = """
    SELECT * FROM events WHERE subject = $1 AND (coalesce(revision, 0), sequence) >
        (coalesce((SELECT revision FROM events WHERE sequence = $2), 0), $2)
    ORDER BY coalesce(revision, 0), sequence LIMIT $3"""
BEYOND = 2**63 - 1
# A delivery of a dead letter that comes twice must not wake one that was retried meanwhile.
KEEP = """
    INSERT INTO dead_letters AS kept
        (id, event_id, function, type, reason, attempts, last_status, last_error,
         first_failed_at, last_failed_at, traceparent, body)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (event_id, function) DO UPDATE SET
        reason = excluded.reason, attempts = excluded.attempts,
        last_status = excluded.last_status, last_error = excluded.last_error,
        first_failed_at = least(kept.first_failed_at, excluded.first_failed_at),
        last_failed_at = excluded.last_failed_at, state = 'waiting',
        traceparent = excluded.traceparent, body = excluded.body
    WHERE kept.last_failed_at < excluded.last_failed_at
"""
LETTER = "SELECT * FROM dead_letters WHERE id = $1"
LETTERS = """
    SELECT * FROM dead_letters
    WHERE (last_failed_at, id) < ($1, $2) AND ($3::text IS NULL OR state = $3)
    ORDER BY last_failed_at DESC, id DESC LIMIT $4
"""
NEWEST = (datetime.max.replace(tzinfo=UTC), "")
# Unless it has failed again since it was sent: then it waits anew, and must be seen.
RETRIED = """
    UPDATE dead_letters SET state = 'retried', retried_by = $2, retried_at = $3
    WHERE id = $1 AND last_failed_at = $4
"""
RECORD = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, caller, at)
    VALUES ($1, 'retry', $2, $3)
"""


class Store:
    def __init__(self, database: Postgres) -> None:
        self.database = database

    @classmethod
    def connect(cls, settings: Settings) -> "Store":
        return cls(Postgres(settings.secret("event-database-url")))

    async def append(self, events: Sequence[Event]) -> Sorted[Event]:
        """Give every new event the next place in the log; what clashes is kept apart.

        Of the clashing ones only those are given back that are met for the first time.
        """

        async def work(tx: PostgresTransaction) -> Sorted[Event]:
            batch = sort_out(events, await _known(tx, events))
            met = [clash for clash in batch.clashing if await _keep_apart(tx, clash)]
            await _append(tx, batch.fresh)
            return replace(batch, clashing=tuple(met))

        while True:
            try:
                return await self.database.write(work)
            except Duplicate:
                continue  # somebody else appended one of them meanwhile: now it is known

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

    async def keep(self, letter: DeadLetter, body: bytes) -> None:
        """Keep a dead letter; one more failure of the same event and function renews it."""

        async def work(tx: PostgresTransaction) -> None:
            await tx.execute(KEEP, *_columns(letter), body)

        await self.database.write(work)

    async def letter(self, letter_id: str) -> tuple[DeadLetter, bytes]:
        """Give a dead letter with its body as it came."""
        row = await self.database.fetchrow(LETTER, letter_id)
        if row is None:
            raise NotFound(f"no dead letter has the id {letter_id}")
        return _letter(row), row["body"]

    async def letters(
        self, state: State | None, cursor: str | None, limit: int
    ) -> Page[DeadLetter]:
        """List dead letters, the latest failures first."""
        place = decode_cursor(cursor, 2, types=(datetime, str)) if cursor else NEWEST
        rows = await self.database.fetch(LETTERS, *place, state, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        next_ = encode_cursor(last["last_failed_at"], last["id"]) if last else None
        return Page([_letter(row) for row in rows[:limit]], next_)

    async def retried(self, letter: DeadLetter, by: str, at: datetime) -> DeadLetter:
        """Note who sent a dead letter to its function once more."""

        async def work(tx: PostgresTransaction) -> DeadLetter:
            await tx.execute(RECORD, letter.id, by, at)
            await tx.execute(RETRIED, letter.id, by, at, letter.last_failed_at)
            row = await tx.fetchrow(LETTER, letter.id)
            assert row is not None  # dead letters are never deleted
            return _letter(row)

        return await self.database.write(work)


def _place(cursor: str | None, default: int) -> int:
    sequence: int = decode_cursor(cursor, 1, types=(int,))[0] if cursor else default
    return max(0, min(sequence, BEYOND))


def _topics(topics: Topics) -> tuple[list[str] | None, str | None]:
    return (list(topics.exact) if topics.exact else None), topics.pattern


async def _known(tx: PostgresTransaction, events: Sequence[Event]) -> list[Key]:
    versioned = [event for event in events if event.revision is not None]
    rows = await tx.fetch(
        KNOWN,
        [event.id for event in events],
        [event.subject for event in versioned],
        [event.revision for event in versioned],
    )
    return [Key(**row) for row in rows]


async def _append(tx: PostgresTransaction, events: Sequence[Event]) -> None:
    if not events:
        return
    names = (
        "id", "type", "source", "subject", "revision", "time", "dataschema", "correlationid",
        "causationid", "traceparent",
    )  # fmt: skip
    columns = [[getattr(event, name) for event in events] for name in names]
    payloads = [msgspec.json.encode(event.data).decode() for event in events]
    if await tx.fetchval(APPEND, len(events), *columns, payloads):
        await tx.execute(EXTEND)


async def _keep_apart(tx: PostgresTransaction, clash: Clash[Event]) -> bool:
    """Keep an event that cannot stand in the log; tell whether it is new to us."""
    event = clash.event
    key = (event.id, event.subject, event.revision)
    tag = await tx.execute(KEEP_APART, *key, clash.kept, event.encode().decode())
    return tag == "INSERT 0 1"


def _page(rows: Sequence[Mapping[str, Any]], limit: int) -> Page[StoredEvent]:
    events = [StoredEvent(**{**row, "data": msgspec.json.decode(row["data"])}) for row in rows]
    more = len(events) > limit
    return Page(events[:limit], encode_cursor(events[limit - 1].sequence) if more else None)


def _columns(letter: DeadLetter) -> tuple[object, ...]:
    key = (letter.id, letter.event_id, letter.function, letter.type)
    failure = (letter.reason, letter.attempts, letter.last_status, letter.last_error)
    return *key, *failure, letter.first_failed_at, letter.last_failed_at, letter.traceparent


def _letter(row: Mapping[str, Any]) -> DeadLetter:
    fields = {name: value for name, value in row.items() if name not in {"body", "state"}}
    body: bytes = row["body"]
    try:
        Event.decode(body)
        fields["event"] = msgspec.json.decode(body)
    except Invalid:
        fields["raw"] = body.decode(errors="backslashreplace")
    return DeadLetter(**fields, state=State(row["state"]))
