"""The like service on a database of its own for each test."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest

from functions.like.store import SCHEMA, Store
from proto.post.v1.events_pb2 import PostCreated, PostDeleted
from proto.user.v1.events_pb2 import UserDeleted
from shared.databases.surreal import Surreal
from shared.events import Event
from shared.ids import new_id
from shared.testing import CannedCalls
from tests.conftest import Installation
from tests.integration.service import Service, happened

POST = new_id()


def created(post_id: str = POST) -> Event:
    return happened(PostCreated(id=post_id), f"post/{post_id}", 1)


def deleted(post_id: str = POST) -> Event:
    return happened(PostDeleted(id=post_id), f"post/{post_id}", 2)


def left(user_id: str) -> Event:
    return happened(UserDeleted(id=user_id), f"user/{user_id}", 3)


async def rows(like: Service[Store], query: str) -> Any:
    """Read what no operation shows."""
    return (await like.store.database.query(query))[-1]


@pytest.fixture
async def like(installation: Installation) -> AsyncIterator[Service[Store]]:
    """Start where POST is a post of which no event has told yet."""
    server, name = urlsplit(installation.admin["surreal"]), f"test_{uuid4().hex}"
    place = {key: values[-1] for key, values in parse_qs(server.query).items()}
    query = urlencode({**place, "namespace": "test", "database": name})
    store = Store(Surreal(server._replace(query=query).geturl()))
    try:
        await store.database.migrate(SCHEMA)
        yield Service(store, CannedCalls({"post-get": {"id": POST, "revision": 1}}))
    finally:
        await store.database.query(f"REMOVE DATABASE {name}")
        await store.database.close()
