"""The orders in which posts are listed, and the cursors that mark a place in them."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from functions.post.model import Headline, SearchSort, Sort
from shared.databases.postgres import Row
from shared.errors import Invalid
from shared.pages import Page, decode_cursor, encode_cursor

H = TypeVar("H", bound=Headline)


class Arguments(list[object]):
    """The arguments of a statement that is put together: each is added for its place."""

    def put(self, value: object) -> str:
        self.append(value)
        return f"${len(self)}"


class Order(NamedTuple):
    """By which column a list is sorted, then by id; `kind` and `sql` are the column's type."""

    name: str
    column: str
    kind: Any
    sql: str
    source: str = "posts"
    upwards: bool = False

    def __str__(self) -> str:
        way = "ASC" if self.upwards else "DESC"
        return f"{self.column} {way}, id {way}"

    def after(self, cursor: str, args: Arguments) -> str:
        """Give the condition of what follows the cursor."""
        name = decode_cursor(cursor, 3)[0]
        if name != self.name:
            raise Invalid(
                f"cursor must be of a list sorted by {self.name}, got one of {str(name)[:20]!r}"
            )
        _, value, post_id = decode_cursor(cursor, 3, types=(str, self.kind, UUID))
        sign = ">" if self.upwards else "<"
        place = f"{args.put(value)}::{self.sql}, {args.put(post_id)}::uuid"
        return f"({self.column}, id) {sign} ({place})"

    def page(self, rows: list[Row], limit: int, make: Callable[[Row], H]) -> Page[H]:
        """Make a page of the rows, of which there is one more than the limit if more follow."""
        items = [make(row) for row in rows[:limit]]
        if len(rows) <= limit:
            return Page(items)
        last = rows[limit - 1]
        return Page(items, encode_cursor(self.name, last[self.column], str(last["id"])))


_COUNT = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_TALLIED = "tallies JOIN posts ON id = post_id"
ORDERS: dict[Sort, Order] = {
    "newest": Order("newest", "published_at", datetime, "timestamptz"),
    "oldest": Order("oldest", "published_at", datetime, "timestamptz", upwards=True),
    "liked": Order("liked", "likes", _COUNT, "bigint", _TALLIED),
    "discussed": Order("discussed", "comments", _COUNT, "bigint", _TALLIED),
    "visited": Order("visited", "visits", _COUNT, "bigint", _TALLIED),
}
DRAFTS = Order("drafts", "updated_at", datetime, "timestamptz")
# A search sorts by what it calls the place of each finding: the source says what that is.
PLACES: dict[SearchSort, Order] = {
    "relevance": Order(
        "relevance",
        "place",
        float,
        "float8",
        "ts_rank_cd(search, websearch_to_tsquery('fanfold', $1), 1)::float8",
    ),
    "newest": Order("newest", "place", datetime, "timestamptz", "published_at"),
    "liked": Order(
        "liked", "place", _COUNT, "bigint", "(SELECT likes FROM tallies WHERE post_id = id)"
    ),
}
