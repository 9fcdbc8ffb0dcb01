"""What an auditor asks: what operators did, and which events have no place in the log."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from functions.event.model import Conflicting, Deed
from functions.event.store.rows import next_of, place_of
from shared.databases.postgres import Postgres
from shared.pages import Page, decode_cursor, encode_cursor

DEED = "position AS id, at, caller AS who, action AS what, target, why, count"
ADD = f"""
    INSERT INTO actions (at, caller, action, target, why, count)
    VALUES ($1, $2, $3, $4, $5, $6) RETURNING {DEED}
"""  # noqa: S608 - columns of ours
DEEDS = f"SELECT {DEED} FROM actions WHERE position < $1"  # noqa: S608 - columns of ours
CONFLICTS = """
    SELECT id, subject, revision, kept_id, envelope, noticed_at FROM event_conflicts
    WHERE (noticed_at, id) < ($1, $2) ORDER BY noticed_at DESC, id DESC LIMIT $3
"""


class Audit:
    database: Postgres

    async def add_deed(
        self, at: datetime, *, who: str, what: str, target: str, why: str, count: int
    ) -> Deed:
        row = await self.database.fetchrow(ADD, at, who, what, target, why, count)
        assert row is not None  # an insert without a condition
        return Deed(**row)

    async def deeds(
        self, wanted: Sequence[tuple[str, str]], cursor: str | None, limit: int
    ) -> Page[Deed]:
        """List what was done with these values in its columns, the latest first."""
        before = decode_cursor(cursor, 1, types=(int,))[0] if cursor else 2**63 - 1
        sql, args = DEEDS, list[object]((max(0, min(before, 2**63 - 1)),))
        for column, value in wanted:
            if value:
                args.append(value)
                sql += f" AND {column} = ${len(args)}"
        sql += f" ORDER BY position DESC LIMIT {limit + 1}"
        found = [Deed(**row) for row in await self.database.fetch(sql, *args)]
        more = len(found) > limit
        return Page(found[:limit], encode_cursor(found[limit - 1].id) if more else None)

    async def conflicts(self, cursor: str | None, limit: int) -> Page[Conflicting]:
        """List events that were kept apart, the latest first."""
        rows = await self.database.fetch(CONFLICTS, *place_of(cursor), limit + 1)
        found = [
            Conflicting(**{**row, "envelope": msgspec.json.decode(row["envelope"])})
            for row in rows[:limit]
        ]
        return Page(found, next_of(rows, limit, "noticed_at"))
