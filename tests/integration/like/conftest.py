"""The like service on a database of its own for each test."""

from collections.abc import AsyncIterator
from dataclasses import replace
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
async def stores(installation: Installation) -> AsyncIterator[list[Store]]:
    """Open the stores of three replicas, on one database that is this test's own."""
    server, name = urlsplit(installation.admin["surreal"]), f"test_{uuid4().hex}"
    place = {key: values[-1] for key, values in parse_qs(server.query).items()}
    query = urlencode({**place, "namespace": "test", "database": name})
    url = server._replace(query=query).geturl()
    opened = [Store(Surreal(url)) for _ in range(3)]
    try:
        await opened[0].database.migrate(SCHEMA)
        yield opened
    finally:
        await opened[0].database.query(f"REMOVE DATABASE {name}")
        for store in opened:
            await store.database.close()


@pytest.fixture
def like(stores: list[Store]) -> Service[Store]:
    """Start where POST is a post of which no event has told yet."""
    return Service(stores[0], CannedCalls({"post-get": {"id": POST, "revision": 1}}))


@pytest.fixture
def replicas(like: Service[Store], stores: list[Store]) -> list[Service[Store]]:
    """Serve likes from three processes, as far as the database can tell."""
    return [like, *(replace(like, store=store) for store in stores[1:])]
