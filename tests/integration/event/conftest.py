"""The event service on a database of its own for each test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from functions.event.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from tests.conftest import Installation
from tests.integration.service import Service


@pytest.fixture
async def event(installation: Installation) -> AsyncIterator[Service[Store]]:
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    store = Store(Postgres(f"{server.rpartition('/')[0]}/{name}", pool_max=8))
    try:
        await store.database.migrate(SCHEMA)
        yield Service(store)
    finally:
        await store.database.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
