"""List a member's comments, the newest first."""

from typing import Annotated

import msgspec

from functions.comment.model import Comment
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True)


class ListComments(msgspec.Struct, frozen=True):
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListComments, context: Context[Store]) -> Page[Comment]:
    return await context.store.of_author(request.user_id, request.cursor, request.limit)
