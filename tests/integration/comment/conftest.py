"""The comment service on a database of its own for each test."""

from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import aiomysql
import pytest

from functions.comment.store import SCHEMA, Store
from proto.post.v1.events_pb2 import PostCreated, PostDeleted
from shared.databases.mysql import MySQL
from shared.events import Event
from shared.ids import new_id
from shared.testing import CannedCalls
from tests.conftest import Installation
from tests.integration.service import Service, happened

ADA = {
    "id": "user_ada",
    "username": "ada",
    "name": "Ada",
    "avatar": "https://img.test/ada.png",
    "revision": 1,
    "created_at": "2026-01-01T00:00:00Z",
}
POST = new_id()


def created(post_id: str = POST) -> Event:
    return happened(PostCreated(id=post_id), f"post/{post_id}", 1)


def deleted(post_id: str = POST) -> Event:
    return happened(PostDeleted(id=post_id), f"post/{post_id}", 2)


@pytest.fixture
async def comment(installation: Installation) -> AsyncIterator[Service[Store]]:
    """Start where Ada is a member and POST a post of which no event has told yet."""
    server, name = urlsplit(installation.admin["mysql"]), f"test_{uuid4().hex}"
    admin = await aiomysql.connect(
        host=server.hostname,
        port=server.port,
        user=unquote(server.username or ""),
        password=unquote(server.password or ""),
        autocommit=True,
    )
    cursor = await admin.cursor()
    await cursor.execute(f"CREATE DATABASE {name}")
    store = Store(MySQL(server._replace(path=f"/{name}").geturl()))
    try:
        await store.database.migrate(SCHEMA)
        answers = {"user-get": ADA, "post-get": {"id": POST, "revision": 1}}
        yield Service(store, CannedCalls(answers))
    finally:
        await store.database.close()
        await cursor.execute(f"DROP DATABASE {name}")
        admin.close()
