"""List who likes a post, the newest like first."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.like.model import Liker
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListLikers(msgspec.Struct, frozen=True):
    post_id: UUID
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListLikers, context: Context[Store]) -> Page[Liker]:
    return await context.store.likers(str(request.post_id), request.cursor, request.limit)
