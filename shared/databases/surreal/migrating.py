"""Apply a folder of SurrealQL files to a SurrealDB database, each in one transaction."""

from pathlib import Path

from shared.databases.database import Duplicate
from shared.databases.migrations import LOCK_PATIENCE, Migration, migrations, pending
from shared.databases.surreal.connection import Connection, QueryError

_OWN = Path(__file__).parent / "schema"
_PLACE = """
DEFINE NAMESPACE IF NOT EXISTS `{namespace}`;
USE NS `{namespace}`;
DEFINE DATABASE IF NOT EXISTS `{database}`;
USE DB `{database}`;
DEFINE TABLE IF NOT EXISTS migrations SCHEMAFULL;
DEFINE FIELD IF NOT EXISTS checksum ON migrations TYPE string;
DEFINE FIELD IF NOT EXISTS applied_at ON migrations TYPE datetime;
"""
_APPLIED = "SELECT record::id(id) AS name, checksum FROM migrations"
# The record comes first and locks: of two migrations at once the second finds it, or conflicts,
# and in both cases nothing of the file is applied twice.
_APPLY = """
BEGIN;
CREATE type::record('migrations', $name) SET checksum = $checksum, applied_at = time::now();
{statements}
;COMMIT;
"""


async def applied(connection: Connection) -> list[str]:
    """Name what is applied; what was never migrated lacks the table, or even the database."""
    try:
        [rows] = await connection.query(_APPLIED, {})
    except QueryError as error:
        if "does not exist" not in str(error):
            raise
        return []
    return sorted(row["name"] for row in rows)


async def migrate(connection: Connection, folder: Path) -> list[str]:
    """Apply what is not applied yet."""
    files = [*migrations(_OWN, ".surql"), *migrations(folder, ".surql")]
    place = _PLACE.format(namespace=connection.namespace, database=connection.database)
    # Each of these may wait for another migration, which the engine finishes first.
    await connection.query(place, {}, patience=LOCK_PATIENCE)
    [rows] = await connection.query(_APPLIED, {}, patience=LOCK_PATIENCE)
    todo = pending(files, {row["name"]: row["checksum"] for row in rows})
    return [migration.name for migration in todo if await _apply(connection, migration)]


async def _apply(connection: Connection, migration: Migration) -> bool:
    query = _APPLY.format(statements=migration.text)
    variables = {"name": migration.name, "checksum": migration.checksum}
    try:
        await connection.query(query, variables, patience=LOCK_PATIENCE)
    except Duplicate:
        return False
    return True
