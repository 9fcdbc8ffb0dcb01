"""What members and visitors ask of posts; a draft is found by those who may see it."""

from functions.post.model import (
    Counted,
    Filter,
    Finding,
    Headline,
    Post,
    Profile,
    SearchSort,
    Sort,
)
from functions.post.store.orders import DRAFTS, ORDERS, PLACES, Arguments, Order
from functions.post.store.rows import (
    HEADLINE,
    POST,
    finding_of,
    headline_of,
    post_of,
    profile_of,
)
from shared.context import Caller
from shared.databases.postgres import Postgres
from shared.endpoint import Role
from shared.errors import Invalid, NotFound
from shared.pages import Page

# A search ranks as many of the newest posts that match: what it costs has an end.
RANKED = 1_000
# Categories are free text; as many of the largest are told.
CATEGORIES = 100

FIND = f"""
    SELECT {POST} FROM posts JOIN tallies ON post_id = id
    WHERE NOT deleted AND (published_at IS NOT NULL OR author_id = $2 OR $3) AND
"""  # noqa: S608 - columns of ours
GET = f"{FIND} id = $1"
GET_BY_SLUG = f"{FIND} slug = $1"
# The page is cut before its rows are put together, so that nothing else is ever read.
LIST = f"""
    WITH page AS MATERIALIZED (
        SELECT id FROM {{source}} WHERE {{where}} ORDER BY {{order}} LIMIT {{limit}}
    )
    SELECT {HEADLINE} FROM page JOIN posts USING (id) JOIN tallies ON post_id = id
    ORDER BY {{order}}
"""  # noqa: S608 - columns of ours
# Ranked by the positions of weighted words; a long text does not win by its length.
SEARCH = f"""
    WITH matches AS (
        SELECT id, search, published_at FROM posts
        WHERE {{where}} AND search @@ websearch_to_tsquery('fanfold', $1)
        ORDER BY published_at DESC, id DESC LIMIT {RANKED}
    ), placed AS MATERIALIZED (
        SELECT id, {{place}} AS place FROM matches
    ), page AS (
        SELECT id, place FROM placed WHERE {{after}}
        ORDER BY place DESC, id DESC LIMIT {{limit}}
    )
    SELECT {HEADLINE}, place, ts_headline(
        'fanfold', left(translate(summary || E'\\n' || content, U&'\\E000\\E001', ''), 20000),
        websearch_to_tsquery('fanfold', $1),
        U&'StartSel="\\E000", StopSel="\\E001", MaxFragments=2, MaxWords=24, MinWords=8'
            || ', FragmentDelimiter=" … "'
    ) AS excerpt
    FROM page JOIN posts USING (id) JOIN tallies ON post_id = id
    ORDER BY place DESC, id DESC
"""  # noqa: S608 - columns of ours
# What an index can look for: of words that posts lack, nothing.
LOOKED_FOR = "SELECT querytree(websearch_to_tsquery('fanfold', $1))"
COUNT = """
    SELECT category_key, min(category) AS name, count(*) AS posts,
           (sum(count(*)) OVER ())::bigint AS total
    FROM posts WHERE {where} GROUP BY category_key
    ORDER BY category_key = '', posts DESC, category_key LIMIT {limit}
"""
AUTHOR = "SELECT id, name, avatar, revision, deleted FROM authors WHERE id = $1"


class Reads:
    database: Postgres

    async def get(self, post_id: str, reader: Caller) -> Post:
        row = await self.database.fetchrow(GET, post_id, *_eyes(reader))
        if row is None:
            raise NotFound(f"no post has the id {post_id}")
        return post_of(row)

    async def get_by_slug(self, slug: str, reader: Caller) -> Post:
        row = await self.database.fetchrow(GET_BY_SLUG, slug, *_eyes(reader))
        if row is None:
            raise NotFound(f"no post has the slug {slug!r}")
        return post_of(row)

    async def page(
        self,
        chosen: Filter,
        sort: Sort,
        cursor: str | None,
        limit: int,
        *,
        featured: bool = False,
    ) -> Page[Headline]:
        """List published posts, or those that follow the cursor."""
        args, order = Arguments(), ORDERS[sort]
        where = [*_where(chosen, args), *(["featured"] if featured else [])]
        if cursor:
            where.append(order.after(cursor, args))
        cut = str(limit + 1) if _one_plan(chosen, order) else args.put(limit + 1)
        return await self._list(where, order, cut, args, limit)

    async def drafts(self, author_id: str, cursor: str | None, limit: int) -> Page[Headline]:
        """List what the author has not published, the latest touched first."""
        args = Arguments()
        where = ["published_at IS NULL", "NOT deleted", f"author_id = {args.put(author_id)}"]
        if cursor:
            where.append(DRAFTS.after(cursor, args))
        return await self._list(where, DRAFTS, str(limit + 1), args, limit)

    async def search(
        self, query: str, chosen: Filter, sort: SearchSort, cursor: str | None, limit: int
    ) -> Page[Finding]:
        """Find posts by their words, as a web search reads them: "a phrase", or, -without."""
        if await self.database.fetchval(LOOKED_FOR, query) in {"", "T"}:
            raise Invalid(f"q must hold a word that posts have, got {query!r}")
        args, order = Arguments([query]), PLACES[sort]
        sql = SEARCH.format(
            where=" AND ".join(_where(chosen, args)),
            place=order.source,
            after=order.after(cursor, args) if cursor else "true",
            # As an argument it makes PostgreSQL plan each search for its own words.
            limit=args.put(limit + 1),
        )
        return order.page(await self.database.fetch(sql, *args), limit, finding_of)

    async def counts(self, chosen: Filter) -> Counted:
        args = Arguments()
        where = " AND ".join(_where(chosen, args))
        sql = COUNT.format(where=where, limit=args.put(CATEGORIES))
        rows = await self.database.fetch(sql, *args)
        return Counted(
            rows[0]["total"] if rows else 0,
            {row["name"]: row["posts"] for row in rows if row["name"]},
        )

    async def author(self, author_id: str) -> Profile | None:
        """Give what is known of the member, or None."""
        row = await self.database.fetchrow(AUTHOR, author_id)
        return profile_of(row) if row else None

    async def _list(
        self, where: list[str], order: Order, cut: str, args: Arguments, limit: int
    ) -> Page[Headline]:
        sql = LIST.format(
            source=order.source, where=" AND ".join(where), order=order, limit=cut
        )
        return order.page(await self.database.fetch(sql, *args), limit, headline_of)


def _eyes(reader: Caller) -> tuple[str, bool]:
    return reader.id, reader.role is Role.ADMIN


def _where(chosen: Filter, args: Arguments) -> list[str]:
    conditions = ["published_at IS NOT NULL"]
    if chosen.category:
        conditions.append(f"category_key = lower({args.put(chosen.category)})")
    if chosen.tag:
        conditions.append(f"tags @> ARRAY[{args.put(chosen.tag)}::text]")
    if chosen.author:
        conditions.append(f"author_id = {args.put(chosen.author)}")
    return conditions


def _one_plan(chosen: Filter, order: Order) -> bool:
    """Tell whether one plan is the best for all values, because an index has just this order.

    Then the limit stands in the statement, PostgreSQL keeps the plan, and a call costs half.
    """
    filters = sum(map(bool, (chosen.category, chosen.tag, chosen.author)))
    return not filters or (filters == 1 and not chosen.tag and order.source == "posts")
