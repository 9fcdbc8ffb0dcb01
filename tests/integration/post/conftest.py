"""The post service on a database of its own for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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

# More posts of Ada's than one call of a consumer handles.
SEED = """
    INSERT INTO posts (id, slug, title, summary, content, cover, category, tags, author_id,
                       author_name, author_avatar, author_revision, revision, created_at,
                       updated_at, published_at)
    SELECT gen_random_uuid(), 'seed-' || n, 't', '', 'c', '', '', '{}', 'user_ada',
           'Ada', '', 1, 1, now(), now(), now()
    FROM generate_series(1, 450) AS n;
    INSERT INTO tallies (post_id) SELECT id FROM posts ON CONFLICT DO NOTHING;
"""


@asynccontextmanager
async def database(installation: Installation, *, migrated: bool = True) -> AsyncIterator[str]:
    """Make a database with the schema of posts, and give its url."""
    server, name = installation.admin["postgres"], f"test_{uuid4().hex}"
    url = f"{server.rpartition('/')[0]}/{name}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        if migrated:
            await Postgres(url).migrate(SCHEMA)
        yield url
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@pytest.fixture
async def post(installation: Installation) -> AsyncIterator[Service[Store]]:
    """Start where Ada is a member of whom no event has told yet."""
    async with database(installation) as url:
        store = Store(Postgres(url))
        yield Service(store, CannedCalls({"user-get": ADA}))
        await store.database.close()


@pytest.fixture
def nobody(post: Service[Store]) -> Service[Store]:
    """Start where the owner of members knows nobody."""
    post.calls = CannedCalls({"user-get": NotFound("no user has this id")})
    return post
