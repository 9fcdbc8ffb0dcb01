"""List the comments of a post, the oldest first."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.comment.model import Comment
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListComments(msgspec.Struct, frozen=True):
    post_id: UUID
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListComments, context: Context[Store]) -> Page[Comment]:
    return await context.store.of_post(str(request.post_id), request.cursor, request.limit)
