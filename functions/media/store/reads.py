"""What is asked about pictures: one, a page of them, and those of which nobody was told."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from imagekitio import AsyncImageKit
from imagekitio.types import File

from functions.media.model import DELETING, OWNER, PENDING, POST, TAG, Found, Picture
from functions.media.store.rows import answers, found_of
from shared.errors import NotFound
from shared.pages import Page, decode_cursor, encode_cursor

Sort = Literal["ASC_CREATED", "DESC_CREATED"]
_SKIP: Any = Annotated[int, msgspec.Meta(ge=0, le=1_000)]


class Reads:
    client: AsyncImageKit

    async def get(self, picture_id: str) -> Picture:
        return (await self.ours(picture_id)).picture

    async def ours(self, picture_id: str) -> Found:
        """Give one of ours: what else the account holds is nobody's business."""
        missing = f"no picture has the id {picture_id}"
        with answers(missing):
            found = found_of(await self.client.files.get(picture_id))
        if found.flaw or found.deleting:
            raise NotFound(missing)
        return found

    async def page(
        self, owner: str, post_id: str, label: str, cursor: str | None, limit: int
    ) -> Page[Picture]:
        """List a member's pictures, the newest first, or those that follow the cursor."""
        query = f"{tagged(f'{OWNER}{owner}')} AND tags NOT IN {_quoted(DELETING)}"
        if post_id:
            query += f" AND {tagged(f'{POST}{post_id}')}"
        if label:
            query += f" AND {tagged(f'{TAG}{label}')}"
        at, skip = None, 0
        if cursor:
            at, skip = decode_cursor(cursor, 2, types=(datetime, _SKIP))
            query += f' AND createdAt <= "{_moment(at)}"'
        found = await self.search(query, limit + 1, skip=skip, sort="DESC_CREATED")
        shown = found[:limit]
        items = [one.picture for one in shown if not one.flaw]
        if len(found) <= limit:
            return Page(items)
        # The next page begins at this moment, after those of it that were shown.
        last = shown[-1].created_at
        passed = sum(one.created_at == last for one in shown) + (skip if last == at else 0)
        return Page(items, encode_cursor(last, passed))

    async def pending(self, limit: int) -> list[Found]:
        """List what somebody has to be told of, the oldest first."""
        return await self.search(tagged(*PENDING), limit)

    async def search(
        self, query: str, limit: int, *, skip: int = 0, sort: Sort = "ASC_CREATED"
    ) -> list[Found]:
        with answers():
            files = await self.client.assets.list(
                search_query=query, sort=sort, type="file", limit=limit, skip=skip
            )
        return [found_of(file) for file in files if isinstance(file, File)]


def tagged(*tags: str) -> str:
    """Say in ImageKit's search language that a file has one of the tags."""
    return f"tags IN {_quoted(*tags)}"


def _quoted(*tags: str) -> str:
    # No tag of ours holds a quotation mark; a search must not end at one either.
    return "[" + ",".join(f'"{tag.replace(chr(34), "")}"' for tag in tags) + "]"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
