"""What members and visitors ask of posts; a draft is found by those who may see it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

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
from functions.post.store.rows import (
    HEADLINE,
    POST,
    finding_of,
    headline_of,
    post_of,
    profile_of,
)
from shared.context import Caller
from shared.databases.postgres import Postgres, Row
from shared.endpoint import Role
from shared.errors import Invalid, NotFound
from shared.pages import Page, decode_cursor, encode_cursor

H = TypeVar("H", bound=Headline)

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


class Order(NamedTuple):
    """By which column a list is sorted, then by id; `kind` and `sql` are the column's type."""

    column: str
    kind: Any
    sql: str
    source: str = "posts"
    upwards: bool = False

    def after(self, value: str, post_id: str) -> str:
        sign = ">" if self.upwards else "<"
        return f"({self.column}, id) {sign} ({value}::{self.sql}, {post_id}::uuid)"

    def __str__(self) -> str:
        way = "ASC" if self.upwards else "DESC"
        return f"{self.column} {way}, id {way}"


_COUNT = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_TALLIED = "tallies JOIN posts ON id = post_id"
ORDERS: dict[Sort, Order] = {
    "newest": Order("published_at", datetime, "timestamptz"),
    "oldest": Order("published_at", datetime, "timestamptz", upwards=True),
    "liked": Order("likes", _COUNT, "bigint", _TALLIED),
    "discussed": Order("comments", _COUNT, "bigint", _TALLIED),
    "visited": Order("visits", _COUNT, "bigint", _TALLIED),
}
DRAFTS = Order("updated_at", datetime, "timestamptz")
PLACES: dict[SearchSort, Order] = {
    "relevance": Order(
        "ts_rank_cd(search, websearch_to_tsquery('fanfold', $1), 1)::float8", float, "float8"
    ),
    "newest": Order("published_at", datetime, "timestamptz"),
    "liked": Order("(SELECT likes FROM tallies WHERE post_id = id)", _COUNT, "bigint"),
}


class Arguments(list[object]):
    """The arguments of a statement that is put together: each is added for its place."""

    def put(self, value: object) -> str:
        self.append(value)
        return f"${len(self)}"


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
            raise NotFound(f"no post has the slug {slug}")
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
        args = Arguments()
        where = [*_where(chosen, args), *(["featured"] if featured else [])]
        return await self._list(where, args, (sort, ORDERS[sort]), cursor, limit)

    async def drafts(self, author_id: str, cursor: str | None, limit: int) -> Page[Headline]:
        """List what the author has not published, the latest touched first."""
        args = Arguments()
        where = ["published_at IS NULL", "NOT deleted", f"author_id = {args.put(author_id)}"]
        return await self._list(where, args, ("drafts", DRAFTS), cursor, limit)

    async def search(
        self, query: str, chosen: Filter, sort: SearchSort, cursor: str | None, limit: int
    ) -> Page[Finding]:
        """Find posts by their words, as a web search reads them: "a phrase", or, -without."""
        if await self.database.fetchval(LOOKED_FOR, query) in {"", "T"}:
            raise Invalid(f"q must hold a word that posts have, got {query!r}")
        args, order = Arguments([query]), PLACES[sort]
        where = " AND ".join(_where(chosen, args))
        placed = order._replace(column="place")
        after = _after(cursor, sort, placed, args) if cursor else "true"
        sql = SEARCH.format(
            where=where, place=order.column, after=after, limit=args.put(limit + 1)
        )
        rows = await self.database.fetch(sql, *args)
        return _page(rows, limit, finding_of, (sort, placed))

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
        self,
        where: list[str],
        args: Arguments,
        named: tuple[str, Order],
        cursor: str | None,
        limit: int,
    ) -> Page[Headline]:
        if cursor:
            where = [*where, _after(cursor, *named, args)]
        sql = LIST.format(
            source=named[1].source,
            where=" AND ".join(where),
            order=named[1],
            limit=args.put(limit + 1),
        )
        return _page(await self.database.fetch(sql, *args), limit, headline_of, named)


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


def _after(cursor: str, name: str, order: Order, args: Arguments) -> str:
    sort, value, post_id = decode_cursor(cursor, 3, types=(str, order.kind, UUID))
    if sort != name:
        raise Invalid(f"cursor must be of a list sorted by {name}, got one of {sort[:20]!r}")
    return order.after(args.put(value), args.put(post_id))


def _page(
    rows: list[Row], limit: int, make: Callable[[Row], H], named: tuple[str, Order]
) -> Page[H]:
    items = [make(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    name, order = named
    last = rows[limit - 1]
    return Page(items, encode_cursor(name, last[order.column], str(last["id"])))
