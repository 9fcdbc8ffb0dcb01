"""The post service on a database of its own for each test."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from functions.post.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from shared.errors import NotFound
from shared.testing import CannedCalls
from tests.conftest import Installation
from tests.integration.service import Service

ADA = {
    "id": "user_ada",
    "username": "ada",
    "name": "Ada",
    "avatar": "https://img.test/ada.png",
    "revision": 1,
    "created_at": "2026-01-01T00:00:00Z",
}


@pytest.fixture
async def post(installation: Installation) -> AsyncIterator[Service[Store]]:
    """Start where Ada is a member of whom no event has told yet."""
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    store = Store(Postgres(f"{server.rpartition('/')[0]}/{name}"))
    try:
        await store.database.migrate(SCHEMA)
        yield Service(store, CannedCalls({"user-get": ADA}))
    finally:
        await store.database.close()
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
def nobody(post: Service[Store]) -> Service[Store]:
    """Start where the owner of members knows nobody."""
    post.calls = CannedCalls({"user-get": NotFound("no user has this id")})
    return post
