"""Apply a folder of SQL files to a MySQL database, one migration of it at a time."""

import re
from pathlib import Path

from aiomysql import ProgrammingError

from shared.databases.migrations import LOCK_PATIENCE, Migration, migrations, pending
from shared.databases.mysql.connection import Link
from shared.databases.mysql.statements import Statements
from shared.errors import Unavailable

_OWN = Path(__file__).parent / "schema"
# The lock is the server's, so its name holds the database's; at most 64 characters.
_LOCK = "SELECT GET_LOCK(MD5(CONCAT('fanfold migrates ', DATABASE())), %s) AS held"
_UNLOCK = "DO RELEASE_LOCK(MD5(CONCAT('fanfold migrates ', DATABASE())))"
# DDL commits by itself, so a file cannot be one transaction: `statements` counts how many of it
# are done, and the next run goes on after them.
_APPLIED = """
CREATE TABLE IF NOT EXISTS migrations (
    name       VARCHAR(255) NOT NULL PRIMARY KEY,
    checksum   CHAR(64) NOT NULL,
    statements INT NOT NULL,
    applied_at DATETIME(6) NULL
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
"""
_WHOLE = "SELECT name FROM migrations WHERE applied_at IS NOT NULL ORDER BY name"
_NO_SUCH_TABLE = 1146
_PROGRESS = """
INSERT INTO migrations (name, checksum, statements) VALUES (%s, %s, %s)
ON DUPLICATE KEY UPDATE checksum = VALUES(checksum), statements = VALUES(statements)
"""
_FINISHED = "UPDATE migrations SET applied_at = UTC_TIMESTAMP(6) WHERE name = %s"
_PIECE = re.compile(
    r"""'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `[^`]*`    # what is quoted
      | --(?=\s|$)[^\n]* | \#[^\n]* | /\*(?!!).*?\*/             # what is said to the reader
      | ; | [^'"`;/\#-]+ | .""",
    re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"--(\s|$)|\#|/\*(?!!)")


async def applied(database: Statements) -> list[str]:
    """Name what is applied whole; a database that was never migrated lacks even the table."""
    try:
        rows = await database.fetch(_WHOLE)
    except ProgrammingError as error:
        if error.args[0] != _NO_SUCH_TABLE:
            raise
        return []
    return [row["name"] for row in rows]


async def migrate(link: Link, folder: Path) -> list[str]:
    """Apply what is not applied yet, from the first statement that is not done."""
    files = [*migrations(_OWN, ".sql"), *migrations(folder, ".sql")]
    held = await link.run(_LOCK, [LOCK_PATIENCE], patience=LOCK_PATIENCE + 5)
    if held.rows[0]["held"] != 1:
        raise Unavailable(f"another migration runs for more than {LOCK_PATIENCE} s")
    try:
        await link.run(_APPLIED)
        rows = (await link.run("SELECT * FROM migrations")).rows
        finished = {row["name"]: row["checksum"] for row in rows if row["applied_at"]}
        begun = {row["name"]: row["statements"] for row in rows}
        todo = pending(files, finished)
        for migration in todo:
            await _apply(link, migration, begun.get(migration.name, 0))
        return [migration.name for migration in todo]
    finally:
        if not link.closed:
            await link.run(_UNLOCK)


async def _apply(link: Link, migration: Migration, done: int) -> None:
    await link.run(_PROGRESS, [migration.name, migration.checksum, done])
    for number, statement in enumerate(statements(migration.text), start=1):
        if number > done:
            await link.run(statement, patience=None)
            await link.run(_PROGRESS, [migration.name, migration.checksum, number])
    await link.run(_FINISHED, [migration.name])


def statements(text: str) -> list[str]:
    """Split a file at its semicolons, not at those that are quoted or in a comment."""
    found = [""]
    for piece in _PIECE.findall(text):
        if piece == ";":
            found.append("")
        elif not _COMMENT.match(piece):
            found[-1] += piece
    return [statement.strip() for statement in found if statement.strip()]
