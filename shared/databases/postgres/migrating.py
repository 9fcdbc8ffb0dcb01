"""Apply a folder of SQL files to a PostgreSQL database, one migration of it at a time."""

from pathlib import Path
from typing import Any

import asyncpg

from shared.databases.migrations import LOCK_PATIENCE, migrations, pending
from shared.databases.postgres.statements import Statements
from shared.errors import Unavailable

_OWN = Path(__file__).parent / "schema"
# The one advisory lock of a service's database; the number says "FANFOLD".
_LOCK = 0x46414E464F4C44
_APPLIED = """
CREATE TABLE IF NOT EXISTS migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


async def applied(database: Statements) -> list[str]:
    """Name what is applied; a database that was never migrated lacks even the table."""
    try:
        rows = await database.fetch("SELECT name FROM migrations ORDER BY name")
    except asyncpg.UndefinedTableError:
        return []
    return [row["name"] for row in rows]


async def migrate(connection: Any, folder: Path) -> list[str]:
    """Apply what is not applied yet; each file is one transaction with the record of it."""
    files = [*migrations(_OWN, ".sql"), *migrations(folder, ".sql")]
    await connection.execute(
        f"SET lock_timeout = '{LOCK_PATIENCE}s'; SET statement_timeout = 0"
    )
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    except asyncpg.LockNotAvailableError as error:
        raise Unavailable(f"another migration runs for more than {LOCK_PATIENCE} s") from error
    await connection.execute(_APPLIED)
    rows = await connection.fetch("SELECT name, checksum FROM migrations")
    todo = pending(files, {row["name"]: row["checksum"] for row in rows})
    for migration in todo:
        async with connection.transaction():
            await connection.execute(migration.text)
            await connection.execute(
                "INSERT INTO migrations (name, checksum) VALUES ($1, $2)",
                migration.name,
                migration.checksum,
            )
    return [migration.name for migration in todo]
