"""How PostgreSQL finds posts when there are many: by an index, whatever is asked."""

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import asyncpg

from functions.post.model import Filter
from functions.post.store import Store
from functions.post.store.orders import ORDERS, PLACES
from shared.databases.postgres import Postgres, Row
from shared.testing import admin, visitor
from tests.conftest import Installation
from tests.integration.post.conftest import database

POSTS = 20_000
SEED = f"""
    INSERT INTO posts (id, slug, title, summary, content, cover, category, tags, author_id,
                       author_name, author_avatar, author_revision, revision, created_at,
                       updated_at, published_at, featured)
    SELECT gen_random_uuid(), 'seed-' || n, 'Title ' || n, 'On ' || n % 100,
           'common ' || n % 7 || ' word' || n % 500, '', 'Category ' || n % 40,
           ARRAY['all', 'tag' || n % 300], 'user_' || n % 500, 'Ada', '', 1, 1,
           now() - n * interval '1 minute', now(),
           CASE WHEN n % 20 > 0 THEN now() - n * interval '1 minute' END, n % 500 = 1
    FROM generate_series(1, {POSTS}) AS n;
    INSERT INTO tallies (post_id, likes, comments, visits)
    SELECT id, random() * 100, random() * 50, random() * 1000 FROM posts;
    INSERT INTO authors SELECT 'user_' || n, 'Ada', '', 1 FROM generate_series(1, 5000) AS n;
    VACUUM ANALYZE
"""
FILTERS = [
    Filter(),
    Filter(category="category 3"),
    Filter(tag="tag5"),
    Filter(tag="all"),
    Filter(author="user_7"),
    Filter(category="category 3", tag="all", author="user_3"),
]
QUERIES = ["common", "word5", '"common 3"', "word5 -common", "title or on", "nowhere"]


class Explained(Postgres):
    """A database that keeps the plan of each read."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.plans: list[Any] = []

    async def fetch(self, sql: str, *args: object) -> list[Row]:
        await self._explain(sql, *args)
        return await super().fetch(sql, *args)

    async def fetchrow(self, sql: str, *args: object) -> Row | None:
        await self._explain(sql, *args)
        return await super().fetchrow(sql, *args)

    async def _explain(self, sql: str, *args: object) -> None:
        plan = await self.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args)
        self.plans.append(json.loads(plan)[0]["Plan"])


def read_whole(plan: Mapping[str, Any]) -> set[str]:
    """The tables that a plan reads from end to end."""
    tables = {str(plan["Relation Name"])} if plan["Node Type"] == "Seq Scan" else set()
    return tables.union(*(read_whole(part) for part in plan.get("Plans", [])))


async def ask_everything(store: Store) -> list[str]:
    """Ask for every list in every way, two pages of each; tell what was asked."""
    asked = []
    for chosen in FILTERS:
        for sort in ORDERS:
            page = await store.page(chosen, sort, None, 20)
            asked.append(f"{sort} {chosen}")
            if page.next:
                await store.page(chosen, sort, page.next, 20)
                asked.append(f"{sort} {chosen}, continued")
        if chosen.tag != "all":  # to count nearly all rows is to read them
            await store.counts(chosen)
            asked.append(f"count {chosen}")
    for query, chosen, place in product(QUERIES, FILTERS, PLACES):
        found = await store.search(query, chosen, place, None, 20)
        asked.append(f"search {query} {place} {chosen}")
        if found.next:
            await store.search(query, chosen, place, found.next, 20)
            asked.append(f"search {query} {place} {chosen}, continued")
    post = (await store.page(Filter(), "newest", None, 1, featured=True)).items[0]
    await store.drafts("user_20", None, 20)
    await store.get(post.id, visitor())
    await store.get_by_slug(post.slug, admin())
    await store.author("user_7")
    return [*asked, "featured", "drafts", "get", "get by slug", "author"]


async def test_no_read_reads_a_table_whole(installation: Installation) -> None:
    async with database(installation) as url:
        connection = await asyncpg.connect(url)
        for statement in SEED.split(";"):
            await connection.execute(statement)
        await connection.close()
        explained = Explained(url)
        asked = await ask_everything(Store(explained))
        await explained.close()
    assert len(explained.plans) == len(asked)
    plans = zip(asked, explained.plans, strict=True)
    assert {what: tables for what, plan in plans if (tables := read_whole(plan))} == {}
