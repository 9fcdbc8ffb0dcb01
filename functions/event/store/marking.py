"""Change many dead letters in one transaction, however many they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.databases.postgres import PostgresTransaction

# Letters that one statement changes: more would take longer than a statement may.
PART = 2000
FIND = "SELECT id FROM dead_letters WHERE {}"
# They are taken by their ids, and only then held against what is asked for: an index that knows
# it would be walked along anew for each part, over all that the parts before have changed.
CHANGE = """
    WITH part AS MATERIALIZED (
        SELECT id, state, cause, kept_at, run, function FROM dead_letters
        WHERE id = ANY($1::text[]) FOR UPDATE
    )
    UPDATE dead_letters SET {} WHERE id IN (SELECT id FROM part WHERE {}) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Which:
    """Letters of which a condition is true; each `{}` in it stands for one of the values."""

    condition: str
    values: tuple[object, ...] = ()

    def sql(self, first: int) -> str:
        """Give the condition with its values as parameters, counted from `first`."""
        return self.condition.format(*(f"${first + n}" for n in range(len(self.values))))


async def change(
    tx: PostgresTransaction, setting: str, values: Sequence[object], which: Which
) -> list[str]:
    """Set columns of letters, by `values` from $2 on; give the ids of those that changed."""
    found = await tx.fetch(FIND.format(which.sql(1)), *which.values)
    sql = CHANGE.format(setting, which.sql(2 + len(values)))
    changed: list[str] = []
    for first in range(0, len(found), PART):
        part = [row["id"] for row in found[first : first + PART]]
        rows = await tx.fetch(sql, part, *values, *which.values)
        changed += [row["id"] for row in rows]
    return changed
