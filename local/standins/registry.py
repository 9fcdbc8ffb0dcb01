"""Users of the Clerk stand-in and the webhooks it still owes, in one SQLite file."""

import json
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

User = dict[str, Any]
Statement = tuple[str, tuple[object, ...]]

# `sequence` keeps the place: two changes of one user leave in the order they happened.
SCHEMA = """
CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    user_id TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    attempts INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT '',
    due_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at, sequence);
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook: the same id at every attempt, as Svix does it."""

    id: str
    type: str
    user_id: str
    body: str
    state: str
    attempts: int
    last_answer: str
    due_at: float


COLUMNS = "id, type, user_id, body, state, attempts, last_answer, due_at"


class Registry:
    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        # Survives the death of the process; only a power cut may take the last change.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(SCHEMA)

    def users(self) -> list[User]:
        rows = self._fetch("SELECT body FROM users ORDER BY rowid")
        return [json.loads(body) for (body,) in rows]

    def user(self, user_id: str) -> User | None:
        rows = self._fetch("SELECT body FROM users WHERE id = ?", user_id)
        return json.loads(rows[0][0]) if rows else None

    def seed(self, users: Iterable[User]) -> None:
        self._write([_upsert(user) for user in users])

    def keep(self, user: User, owed: Delivery) -> None:
        """Store a user and what must be announced about it, both or neither."""
        self._write([_upsert(user), _insertion(owed)])

    def remove(self, user_id: str, owed: Delivery) -> None:
        self._write([("DELETE FROM users WHERE id = ?", (user_id,)), _insertion(owed)])

    def owe(self, deliveries: Iterable[Delivery]) -> None:
        self._write([_insertion(delivery) for delivery in deliveries])

    def next_due(self) -> Delivery | None:
        rows = self._fetch(
            f"SELECT {COLUMNS} FROM deliveries WHERE state = 'waiting' "  # noqa: S608 - a constant
            "ORDER BY due_at, sequence LIMIT 1"
        )
        return Delivery(*rows[0]) if rows else None

    def record(self, delivery_id: str, *, state: str, answer: str, due_at: float) -> None:
        sql = (
            "UPDATE deliveries SET state = ?, last_answer = ?, due_at = ?, "
            "attempts = attempts + 1 WHERE id = ?"
        )
        self._write([(sql, (state, answer, due_at, delivery_id))])

    def deliveries(self) -> list[Delivery]:
        rows = self._fetch(
            f"SELECT {COLUMNS} FROM deliveries ORDER BY sequence DESC LIMIT 100"  # noqa: S608 - a constant
        )
        return [Delivery(*row) for row in rows]

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _fetch(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(sql, values).fetchall()

    def _write(self, statements: list[Statement]) -> None:
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for sql, values in statements:
                    self._database.execute(sql, values)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _upsert(user: User) -> Statement:
    sql = (
        "INSERT INTO users (id, body) VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET body = excluded.body"
    )
    return sql, (user["id"], json.dumps(user))


def _insertion(owed: Delivery) -> Statement:
    sql = "INSERT INTO deliveries (id, type, user_id, body, due_at) VALUES (?, ?, ?, ?, ?)"
    return sql, (owed.id, owed.type, owed.user_id, owed.body, owed.due_at)
