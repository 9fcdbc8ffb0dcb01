"""The end of a partition: its manifest, and its place in the log given up."""

from datetime import datetime

import msgspec

from functions.event.model import Part
from functions.event.store import chunks
from functions.event.store.writes import RECORD_MANY
from shared.databases.postgres import Postgres, PostgresTransaction
from shared.objects import Bucket

LISTED = """
    SELECT first, last, key, sha256, bytes, types FROM archive_chunks
    WHERE first >= $1 AND last <= $2 ORDER BY first
"""
NAME = """
    INSERT INTO archive_parts (first, last, key, sha256, outdated)
    VALUES ($1, $2, $3, $4, false)
    ON CONFLICT (first) DO UPDATE SET sha256 = excluded.sha256, outdated = false
"""
NAMED = "SELECT FROM archive_parts WHERE first = $1 AND NOT outdated"
# Longer, and everybody who reads or appends would wait behind us.
BRIEFLY = "SET LOCAL statement_timeout = '500ms'"
ALONE = "LOCK TABLE events IN ACCESS EXCLUSIVE MODE"
WHOLE = """
    SELECT coalesce(sum(last - first + 1), 0) = $2::bigint - $1::bigint + 1 FROM archive_chunks
    WHERE first >= $1 AND last <= $2 AND kept AND NOT changed
"""
BOUNDARY = "UPDATE archive SET last = $1"
DROPPED = "UPDATE archive_parts SET dropped_at = $2 WHERE first = $1"
# Who left while all this went on is looked for once more.
SEARCH_AGAIN = """
    UPDATE departed SET archive_searched = false FROM archive_chunks
    WHERE first >= $1 AND last <= $2 AND departed.member = ANY(members)
"""


class Parts:
    database: Postgres

    async def is_named(self, part: Part) -> bool:
        """Tell whether a manifest names the chunks of a part as they are."""
        return await self.database.fetchrow(NAMED, part.first) is not None

    async def name_part(self, bucket: Bucket, part: Part) -> str:
        """Write the manifest of a part."""
        rows = await self.database.fetch(LISTED, part.first, part.last)
        listed = [
            {**row, "types": msgspec.Raw(msgspec.json.encode(row["types"]))} for row in rows
        ]
        events = part.last - part.first + 1
        body = msgspec.json.encode(
            {"first": part.first, "last": part.last, "events": events, "chunks": listed}
        )
        await chunks.keep(bucket, part.manifest, body)
        sha256 = chunks.written([], body).sha256
        await self.database.execute(NAME, part.first, part.last, part.manifest, sha256)
        return "named"

    async def drop_part(self, part: Part, by: str, at: datetime) -> str:
        span = (part.first, part.last)

        async def work(tx: PostgresTransaction) -> str:
            await tx.execute(BRIEFLY)
            await tx.execute(ALONE)
            if not await tx.fetchval(WHOLE, *span):
                return "changed"  # something was redacted since: that chunk is kept anew
            # Its name is made of a number, and no value can stand in place of it.
            await tx.execute(f"ALTER TABLE events DETACH PARTITION {part.table}")
            await tx.execute(f"DROP TABLE {part.table}")
            await tx.execute(BOUNDARY, part.last)
            await tx.execute(DROPPED, part.first, at)
            await tx.execute(SEARCH_AGAIN, *span)
            count = part.last - part.first + 1
            await tx.execute(RECORD_MANY, at, by, "events archived", part.manifest, "", count)
            return "dropped"

        return await self.database.write(work)
