"""A schema of before is brought up to date with what it holds."""

import shutil
from pathlib import Path
from uuid import uuid4

import asyncpg

from functions.event.operations import dead_letter_get
from functions.event.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from shared.testing import admin
from tests.conftest import Installation
from tests.integration.service import Service

LETTER = """
    INSERT INTO dead_letters (id, event_id, function, type, reason, attempts, last_status,
        last_error, first_failed_at, last_failed_at, traceparent, body)
    VALUES ('d1', 'e1', 'f', 't', 'r', 3, 500, 'took 7 ms', now(), now(), '', 'x')
"""
ACTION = """
    INSERT INTO dead_letter_actions (dead_letter_id, action, caller, at)
    VALUES ('d1', 'retry', 'ada', now())
"""
EVENT = """
    INSERT INTO events (sequence, id, type, source, subject, time, dataschema, correlationid,
        causationid, traceparent, data)
    SELECT n, n, 'post.created', 's', 's', now(), '', '', '', '', '{}'
    FROM generate_series(1, 3) AS n
"""


async def test_what_was_kept_before_is_there_after(
    installation: Installation, tmp_path: Path
) -> None:
    for name in ("0001_initial.sql", "0002_members.sql"):
        shutil.copy(SCHEMA / name, tmp_path)
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    admins = await asyncpg.connect(server)
    await admins.execute(f"CREATE DATABASE {name}")
    store = Store(Postgres(f"{server.rpartition('/')[0]}/{name}"))
    try:
        await store.database.migrate(tmp_path)
        for statement in (LETTER, ACTION, EVENT):
            await store.database.execute(statement)
        await store.database.migrate(SCHEMA)

        stats = await store.stats()
        assert (stats.by_type, stats.dead_letters.waiting) == ({"post.created": 3}, 1)
        found = await Service(store).call(dead_letter_get, by=admin(), query={"id": "d1"})
        assert [action["caller"] for action in found.json()["actions"]] == ["ada"]
        assert found.json()["letter"]["cause"]
    finally:
        await store.database.close()
        await admins.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admins.close()
