"""What others' events change here: the log, the dead letters, and who is to be forgotten."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

import msgspec

from functions.event.model import Clash, DeadLetter, Key, Sorted, sort_out
from functions.event.store.redaction import (
    DEPARTED,
    STAND_STILL,
    Kept,
    presentable,
    redact_letters,
)
from functions.event.store.rows import event_columns, letter_values
from functions.event.store.writes import RECORD
from shared import privacy
from shared.databases.database import Duplicate
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.events import Event

BATCH = 200  # Events, and letters, that one call of a consumer redacts at most.

# LATERAL, so that each is looked up in its index: joined at once, all keys would be read.
KNOWN = """
    SELECT found.* FROM unnest($1::text[]) AS asked(id)
    CROSS JOIN LATERAL (SELECT id, subject, revision FROM event_keys
                        WHERE id = asked.id LIMIT 1) AS found
    UNION
    SELECT found.* FROM unnest($2::text[], $3::bigint[]) AS asked(subject, revision)
    CROSS JOIN LATERAL (SELECT id, subject, revision FROM event_keys
                        WHERE subject = asked.subject AND revision = asked.revision
                        LIMIT 1) AS found
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
                             $11::text[], $12::json[], $13::text[])
            WITH ORDINALITY AS event(id, type, source, subject, revision, time, dataschema,
                                     correlationid, causationid, traceparent, data, member,
                                     place)
    ), keyed AS (
        INSERT INTO event_keys (sequence, id, subject, revision)
        SELECT sequence, id, subject, revision FROM incoming
    ), kept AS (
        INSERT INTO events (sequence, id, type, source, subject, revision, time, dataschema,
                            correlationid, causationid, traceparent, data, member)
        SELECT sequence, id, type, source, subject, revision, time, dataschema, correlationid,
               causationid, traceparent, data, member FROM incoming
    ), tallied AS (
        INSERT INTO event_tallies AS tally (type, events)
        SELECT type, count(*) FROM incoming GROUP BY type
        ON CONFLICT (type) DO UPDATE SET events = tally.events + excluded.events
    )
    SELECT narrow FROM counted
"""
EXTEND = "SELECT extend_event_log()"
KEEP_APART = """
    INSERT INTO event_conflicts (id, subject, revision, kept_id, envelope, member)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
"""
# Taken before any letter is touched and held to the commit: who sees a time sees all before it.
KEPT_AT = """
    UPDATE letter_clock SET last = greatest(clock_timestamp(), last + interval '1 microsecond')
    RETURNING last
"""
# A delivery of a dead letter that comes twice must not wake one that was retried meanwhile.
KEEP = """
    INSERT INTO dead_letters AS kept
        (id, event_id, function, type, reason, attempts, last_status, last_error,
         first_failed_at, last_failed_at, traceparent, function_version, retry_of, stack,
         body, members, kept_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $18 THEN pattern_of($8) ELSE $8 END, $9,
            $10, $11, $12, $13, $14, $15, $16, $17)
    ON CONFLICT (event_id, function) DO UPDATE SET
        reason = excluded.reason, attempts = excluded.attempts,
        last_status = excluded.last_status, last_error = excluded.last_error,
        first_failed_at = least(kept.first_failed_at, excluded.first_failed_at),
        last_failed_at = excluded.last_failed_at, state = 'waiting', run = NULL,
        traceparent = excluded.traceparent, function_version = excluded.function_version,
        kept_at = excluded.kept_at, stack = excluded.stack,
        -- What was edited fails as it was edited, and the original stays.
        body = CASE WHEN kept.edited IS NULL THEN excluded.body ELSE kept.body END,
        members = ARRAY(SELECT unnest(kept.members) UNION SELECT unnest(excluded.members))
    WHERE kept.last_failed_at < excluded.last_failed_at
        -- A retry that has failed by a clock that is behind: that it failed is what counts.
        OR (kept.state <> 'waiting' AND excluded.retry_of = kept.id
            AND kept.last_failed_at <> excluded.last_failed_at)
"""

DEPART = "INSERT INTO departed (member, at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
LEFT = "SELECT member FROM departed WHERE letters_left"
NONE_LEFT = "UPDATE departed SET letters_left = false WHERE member = $1 AND letters_left"
PERSONAL = """
    SELECT sequence, id, dataschema, data FROM events
    WHERE member = $1 AND NOT redacted ORDER BY sequence LIMIT $2
"""
REDACT = """
    UPDATE events SET data = redacted.data, redacted = true
    FROM unnest($1::bigint[], $2::json[]) AS redacted(sequence, data)
    WHERE events.sequence = redacted.sequence
"""
# Its place in the log is another event's, so that nothing asks for it: it can go whole.
REDACT_APART = "UPDATE event_conflicts SET envelope = '{}', member = '' WHERE member = $1"


class Projections:
    database: Postgres

    async def append(self, events: Sequence[Event]) -> Sorted[Event]:
        """Give every new event the next place in the log; what clashes is kept apart.

        Of the clashing ones only those are given back that are met for the first time. Most are
        new, so nobody looks for them before the keys say that the log has one of them already.
        """
        doubtful = False

        async def work(tx: PostgresTransaction) -> Sorted[Event]:
            batch = sort_out(events, await _known(tx, events) if doubtful else ())
            met = [clash for clash in batch.clashing if await _keep_apart(tx, clash)]
            await _append(tx, batch.fresh)
            return replace(batch, clashing=tuple(met))

        while True:
            try:
                return await self.database.write(work)
            except Duplicate:
                doubtful = True  # it is known, or somebody else appends it at this moment

    async def keep(self, letters: Sequence[tuple[DeadLetter, bytes]]) -> None:
        """Keep dead letters; one more failure of the same event and function renews its own."""

        async def work(tx: PostgresTransaction) -> None:
            at = await tx.fetchval(KEPT_AT)
            bodies = await presentable(tx, [body for _, body in letters])
            rows = [
                (*_values(letter, kept), kept.body, kept.members, at, kept.redacted)
                for (letter, _), kept in zip(letters, bodies, strict=True)
            ]
            # In one order everywhere, so that no two calls wait for each other.
            await tx.executemany(KEEP, sorted(rows, key=itemgetter(1, 2)))

        await self.database.write(work)

    async def forget_member(self, member: str, now: datetime) -> bool:
        """Redact what the log has of a member; tell whether more of it waits."""

        async def work(tx: PostgresTransaction) -> bool:
            await tx.execute(STAND_STILL)
            if await tx.execute(DEPART, member, now) == "INSERT 0 1":
                await tx.execute(RECORD, now, "service", "member forgotten", [member], "")
            await tx.execute(REDACT_APART, member)
            events = await _redact(tx, member)
            letters = await redact_letters(tx, member, BATCH, now)
            more = BATCH in {events, letters}
            if more:
                tx.more_follows()
            else:
                await tx.execute(NONE_LEFT, member)
            return more

        return await self.database.write(work)

    async def forget_left(self, now: datetime) -> None:
        """Redact the letters that were kept before they knew whom they concern."""
        for row in await self.database.fetch(LEFT):
            while await self.forget_member(row["member"], now):
                pass


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
    members = [privacy.member_of(event.dataschema, event.data) for event in events]
    if await tx.fetchval(APPEND, len(events), *event_columns(events), members):
        await tx.execute(EXTEND)
    if concerned := sorted({member for member in members if member}):
        for row in await tx.fetch(DEPARTED, concerned):
            await _redact(tx, row["member"])


async def _keep_apart(tx: PostgresTransaction, clash: Clash[Event]) -> bool:
    """Keep an event that cannot stand in the log; tell whether it is new to us."""
    event = clash.event
    key = (event.id, event.subject, event.revision)
    member = privacy.member_of(event.dataschema, event.data)
    if member:
        await tx.execute(STAND_STILL)
    tag = await tx.execute(KEEP_APART, *key, clash.kept, event.encode().decode(), member)
    if member and await tx.fetch(DEPARTED, [member]):
        await tx.execute(REDACT_APART, member)
    return tag == "INSERT 0 1"


async def _redact(tx: PostgresTransaction, member: str) -> int:
    """Empty the personal fields of a batch of the member's events."""
    rows = await tx.fetch(PERSONAL, member, BATCH)
    changed = [
        privacy.redacted(row["dataschema"], msgspec.json.decode(row["data"])) for row in rows
    ]
    texts = [msgspec.json.encode(data).decode() for data in changed]
    await tx.execute(REDACT, [row["sequence"] for row in rows], texts)
    return len(rows)


def _values(letter: DeadLetter, kept: Kept) -> tuple[object, ...]:
    error = kept.error(letter.last_error)
    stack = "" if kept.redacted else letter.stack
    return letter_values(replace(letter, last_error=error, stack=stack))
