"""Moving the archive on, step by step: whoever is interrupted leaves what others go on with.

A partition goes chunk by chunk into the bucket; each object is read back before it counts. When
all stand, a manifest names them, and one transaction drops the partition and says that its
events are elsewhere. Who leaves afterwards is redacted in the objects.
"""

from datetime import datetime

from functions.event.model import Chunk, Part, Written
from functions.event.store import chunks
from functions.event.store.parts import Parts
from functions.event.store.redaction import DEPARTED, STAND_STILL
from functions.event.store.rows import EVENT
from functions.event.store.writes import RECORD_MANY
from shared.databases.postgres import PostgresTransaction, Row
from shared.errors import Unavailable
from shared.objects import Bucket, Missing

HOLD = 60
NO_BUCKET = "no S3 is configured for the archive: S3_ENDPOINT is empty"

TAKE = """
    UPDATE archive SET held_until = clock_timestamp() + make_interval(secs => $1)
    WHERE held_until < clock_timestamp() RETURNING last
"""
RELEASE = "UPDATE archive SET held_until = '-infinity'"
CHUNK = "SELECT first, last, generation, key, sha256, members FROM archive_chunks"
# The oldest partition, if all of it is old: another one follows it, so that it is whole.
DUE = """
    SELECT first, next - 1 AS last FROM (
        SELECT first, lead(first) OVER (ORDER BY first) AS next FROM (
            SELECT substr(relname, length('events_from_') + 1)::bigint AS first
            FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
            WHERE inhparent = 'events'::regclass) AS parts
        ORDER BY first LIMIT 1) AS oldest
    WHERE (SELECT recorded_at FROM events WHERE sequence = next - 1) < $1
"""
# Nothing is redacted meanwhile: who redacts later finds the chunk, and says so in it.
PLAN = """
    INSERT INTO archive_chunks (first, last)
    SELECT $1, coalesce(max(sequence), $1) FROM (
        SELECT sequence, sum(octet_length(data::text)) OVER (ORDER BY sequence) AS bytes
        FROM events WHERE sequence >= $1 AND sequence <= $2 ORDER BY sequence LIMIT $3
    ) AS counted WHERE bytes <= $4 ON CONFLICT DO NOTHING
"""
PLANNED = "SELECT max(last) FROM archive_chunks WHERE first >= $1 AND last <= $2"
UNKEPT = f"""
    {CHUNK} WHERE first >= $1 AND last <= $2 AND (changed OR NOT kept) ORDER BY first LIMIT 1
"""
# An attempt that was begun and not finished may have left an object.
BEGIN = """
    UPDATE archive_chunks SET generation = generation + 1, kept = false, changed = false,
        stale = CASE WHEN generation > 0 AND key <> $3 THEN array_append(stale, $3)
                     ELSE stale END
    WHERE first = $1 AND generation = $2 RETURNING generation
"""
FINISH = """
    UPDATE archive_chunks SET key = $3, sha256 = $4, bytes = $5, types = $6, members = $7,
        recorded = coalesce($8, recorded), kept = true,
        stale = CASE WHEN key <> '' THEN array_append(stale, key) ELSE stale END
    WHERE first = $1 AND generation = $2 AND NOT changed
"""
ROWS = f"""
    SELECT {EVENT}, member, redacted FROM events
    WHERE sequence >= $1 AND sequence <= $2 ORDER BY sequence
"""  # noqa: S608 - columns of ours
STALE = "SELECT first, stale FROM archive_chunks WHERE stale <> '{}' ORDER BY first LIMIT 1"
CLEAN = "UPDATE archive_chunks SET stale = '{}' WHERE first = $1 AND stale = $2::text[]"

UNSEARCHED = "SELECT member FROM departed WHERE NOT archive_searched LIMIT 1"
SEARCHED = "UPDATE departed SET archive_searched = true WHERE member = $1"
CONCERNING = f"""
    {CHUNK} WHERE members @> ARRAY[$1::text] AND last <= (SELECT last FROM archive)
    ORDER BY first LIMIT 1
"""  # noqa: S608 - columns of ours
OUTDATE = "UPDATE archive_parts SET outdated = true WHERE first <= $1 AND last >= $1"
OUTDATED = """
    SELECT first, last FROM archive_parts WHERE outdated AND dropped_at IS NOT NULL LIMIT 1
"""


class Archive(Parts):
    bucket: Bucket | None

    async def hold_archive(self) -> bool:
        """Have the archive to oneself for a while; False when somebody else has it."""
        return await self.database.fetchrow(TAKE, HOLD) is not None

    async def release_archive(self) -> None:
        await self.database.execute(RELEASE)

    async def archive_on(self, before: datetime, by: str, at: datetime) -> str:
        """Take the next step with what was kept before a time; name it, "" when none is due."""
        bucket = self.bucket
        if bucket is None:
            raise Unavailable(NO_BUCKET)
        if row := await self.database.fetchrow(STALE):
            return await self._clean(bucket, row)
        if row := await self.database.fetchrow(UNSEARCHED):
            return await self._search(bucket, row["member"], by, at)
        if row := await self.database.fetchrow(OUTDATED):
            return await self.name_part(bucket, Part(**row))
        if row := await self.database.fetchrow(DUE, before):
            return await self._move(bucket, Part(**row), by, at)
        return ""

    async def _clean(self, bucket: Bucket, row: Row) -> str:
        for key in row["stale"]:
            await bucket.delete(key)
        await self.database.execute(CLEAN, row["first"], row["stale"])
        return "cleaned"

    async def _move(self, bucket: Bucket, part: Part, by: str, at: datetime) -> str:
        span = (part.first, part.last)
        if row := await self.database.fetchrow(UNKEPT, *span):
            return await self._export(bucket, Chunk(**row))
        planned = await self.database.fetchval(PLANNED, *span) or part.first - 1
        if planned < part.last:
            return await self._plan(planned + 1, part.last)
        if not await self.is_named(part):
            return await self.name_part(bucket, part)
        return await self.drop_part(part, by, at)

    async def _plan(self, first: int, last: int) -> str:
        async def work(tx: PostgresTransaction) -> str:
            await tx.execute(STAND_STILL)
            await tx.execute(PLAN, first, last, chunks.EVENTS, chunks.BYTES)
            return "planned"

        return await self.database.write(work)

    async def _export(self, bucket: Bucket, chunk: Chunk) -> str:
        generation = await self._begin(chunk)
        rows = await self.database.fetch(ROWS, chunk.first, chunk.last)
        if len(rows) != chunk.last - chunk.first + 1:
            raise RuntimeError(f"the log lacks events from {chunk.first} to {chunk.last}")
        lines = [chunks.line_of(row) for row in rows]
        body = chunks.packed(lines)
        await chunks.keep(bucket, chunk.key_of(generation), body)
        told = chunks.written(lines, body)
        finished = _finished(chunk, generation, told)

        async def work(tx: PostgresTransaction) -> str:
            await tx.execute(FINISH, *finished, rows[-1]["recorded_at"])
            await tx.execute(OUTDATE, chunk.first)
            return "kept"

        return await self.database.write(work)

    async def _search(self, bucket: Bucket, member: str, by: str, at: datetime) -> str:
        """Redact one chunk that concerns a member who is gone, if there is one more."""
        row = await self.database.fetchrow(CONCERNING, member)
        if row is None:
            await self.database.execute(SEARCHED, member)
            return "searched"
        chunk = Chunk(**row)
        gone = {r["member"] for r in await self.database.fetch(DEPARTED, chunk.members)}
        generation = await self._begin(chunk)
        try:
            found = list(await chunks.lines_of(bucket, chunk))
        except Missing:
            raise Unavailable(f"the archive lacks {chunk.key}") from None
        lines = [line.without(gone) for line in found]
        body = chunks.packed(lines)
        key = chunk.key_of(generation)
        await chunks.keep(bucket, key, body)
        told = chunks.written(lines, body)
        count = sum(new is not old for new, old in zip(lines, found, strict=True))

        async def work(tx: PostgresTransaction) -> str:
            await tx.execute(FINISH, *_finished(chunk, generation, told), None)
            await tx.execute(OUTDATE, chunk.first)
            await tx.execute(RECORD_MANY, at, by, "archived events redacted", key, "", count)
            return "redacted"

        return await self.database.write(work)

    async def _begin(self, chunk: Chunk) -> int:
        unfinished = chunk.key_of(chunk.generation)
        generation: int | None = await self.database.fetchval(
            BEGIN, chunk.first, chunk.generation, unfinished
        )
        if generation is None:
            raise Unavailable("somebody else moves the archive on")
        return generation


def _finished(chunk: Chunk, generation: int, told: Written) -> tuple[object, ...]:
    key = chunk.key_of(generation)
    return chunk.first, generation, key, told.sha256, told.bytes, told.types, told.members
