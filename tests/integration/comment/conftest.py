"""The comment service on a database of its own for each test."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import aiomysql
import pytest

from functions.comment.model import Profile
from functions.comment.operations import by_post, create
from functions.comment.store import SCHEMA, Store
from proto.post.v1.events_pb2 import PostCreated, PostDeleted, PostPublished
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.databases.mysql import MySQL, MySQLTransaction
from shared.databases.mysql.statements import Arguments
from shared.events import Event
from shared.ids import new_id
from shared.testing import CannedCalls, member
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


def published(post_id: str = POST) -> Event:
    return happened(PostPublished(id=post_id), f"post/{post_id}", 1)


def joined(user_id: str, name: str) -> Event:
    return happened(UserCreated(id=user_id, name=name), f"user/{user_id}", 1)


def renamed(user_id: str, name: str, revision: int = 2) -> Event:
    return happened(UserUpdated(id=user_id, name=name), f"user/{user_id}", revision)


def left(user_id: str, revision: int = 9) -> Event:
    return happened(UserDeleted(id=user_id), f"user/{user_id}", revision)


async def write(
    comment: Service[Store], user_id: str, text: str = "Well told.", **more: str | None
) -> dict[str, Any]:
    """Comment on POST as a member."""
    body = {"post_id": POST, "text": text, **more}
    answer = await comment.call(create, by=member(user_id), json=body)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.json()
    return made


async def listed(comment: Service[Store], post_id: str = POST) -> list[dict[str, Any]]:
    """Read all comments of a post."""
    query: dict[str, str | int] = {"post_id": post_id, "limit": 100}
    items: list[dict[str, Any]] = []
    while True:
        page = (await comment.call(by_post, query=query)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


async def change(comment: Service[Store], sql: str, args: Arguments = ()) -> None:
    """Write what no operation writes."""

    async def work(tx: MySQLTransaction) -> None:
        await tx.execute(sql, args)

    await comment.store.database.write(work)


SEED = """
    INSERT INTO comments (id, post_id, parent_id, text, author_id, author_name, author_avatar,
                          author_revision, revision, created_at)
    WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM numbers WHERE n < %s)
    SELECT CONCAT(%s, LPAD(n, 12, '0')), %s, %s, 'Well told.', %s, 'Seed', '', 1, 1,
           '2026-01-01' + INTERVAL n DIV 2 SECOND
    FROM numbers
"""


async def seed(
    comment: Service[Store],
    number: int,
    *,
    post_id: str = POST,
    author: str = "user_ada",
    parent_id: str | None = None,
) -> list[str]:
    """Store many comments at once, and give their ids: two of each moment."""
    prefix = f"{new_id()[-8:]}-0000-7000-8000-"
    await change(comment, SEED, (number, prefix, post_id, parent_id, author))
    return [f"{prefix}{n:012}" for n in range(1, number + 1)]


@pytest.fixture
async def stores(installation: Installation) -> AsyncIterator[list[Store]]:
    """Open the stores of three replicas, on one database that is this test's own."""
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
    url = server._replace(path=f"/{name}").geturl()
    opened = [Store(MySQL(url)) for _ in range(3)]
    try:
        await opened[0].database.migrate(SCHEMA)
        yield opened
    finally:
        for store in opened:
            await store.database.close()
        await cursor.execute(f"DROP DATABASE {name}")
        admin.close()


@pytest.fixture
async def comment(stores: list[Store]) -> Service[Store]:
    """Start where no event has told yet of Ada, a member, and POST, but one of Eve."""
    await stores[0].know_author(Profile("user_eve", "Eve", "", 1))
    answers = {"user-get": ADA, "post-get": {"id": POST, "revision": 1}}
    return Service(stores[0], CannedCalls(answers))


@pytest.fixture
def replicas(comment: Service[Store], stores: list[Store]) -> list[Service[Store]]:
    """Serve comments from three processes, as far as the database can tell."""
    return [comment, *(replace(comment, store=store) for store in stores[1:])]
