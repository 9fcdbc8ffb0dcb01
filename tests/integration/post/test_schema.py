"""What migrations make of posts that are there already."""

import asyncpg

from functions.post.model import Filter
from functions.post.operations import get
from functions.post.store import SCHEMA, Store
from shared.databases.postgres import Postgres
from shared.ids import new_id
from shared.testing import CannedCalls
from tests.conftest import Installation
from tests.integration.post.conftest import ADA, database
from tests.integration.service import Service

OLD = """
    INSERT INTO posts (id, slug, title, summary, content, cover, category, tags, author_id,
                       author_name, author_avatar, author_revision, revision, created_at,
                       updated_at, deleted, visits, likes, comments)
    VALUES ($1, 'slug-' || $2::boolean, 'Looms', '', 'They weave.', '', 'Essays', '{a,b}',
            'user_ada', 'Ada', '/a.png', 1, 1, '2026-01-02T03:04:05Z',
            '2026-01-02T03:04:06Z', $2, 7, 3, -1)
"""
GONE = "SELECT author_name, author_avatar, published_at FROM posts WHERE deleted"


async def test_posts_of_the_first_schema_are_carried_over(installation: Installation) -> None:
    kept, gone = new_id(), new_id()
    async with database(installation, migrated=False) as url:
        connection = await asyncpg.connect(url)
        await connection.execute((SCHEMA / "0001_initial.sql").read_text())
        for post_id, deleted in ((kept, False), (gone, True)):
            await connection.execute(OLD, post_id, deleted)
        for later in ("0002_drafts_search_tallies.sql", "0003_planner.sql"):
            await connection.execute((SCHEMA / later).read_text())
        tombstone = dict(await connection.fetchrow(GONE))
        await connection.close()
        post = Service(Store(Postgres(url)), CannedCalls({"user-get": ADA}))
        found = (await post.call(get, query={"id": kept})).json()
        findings = await post.store.search("weaving", Filter(), "relevance", None, 20)
        await post.store.database.close()
    assert found == {
        "id": kept,
        "slug": "slug-false",
        "title": "Looms",
        "summary": "",
        "cover": "",
        "category": "Essays",
        "tags": ["a", "b"],
        "status": "published",
        "featured": False,
        "visits": 7,
        "author": {"id": "user_ada", "name": "Ada", "avatar": "/a.png"},
        "likes": 3,
        "comments": 0,
        "revision": 1,
        "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:06Z",
        "published_at": "2026-01-02T03:04:05Z",
        "content": "They weave.",
    }
    assert [finding.id for finding in findings.items] == [kept]
    assert tombstone == {"author_name": "", "author_avatar": "", "published_at": None}
