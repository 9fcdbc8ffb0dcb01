"""List a member's posts: the published ones for anyone, the drafts for themself."""

from typing import Annotated

import msgspec

from functions.post.model import Filter, Headline, Status
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint, Role
from shared.errors import Forbidden, Unauthenticated
from shared.pages import Page

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(Forbidden,))


class ListUser(msgspec.Struct, frozen=True):
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    status: Status = Status.PUBLISHED
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListUser, context: Context[Store]) -> Page[Headline]:
    user_id, cursor, limit = request.user_id, request.cursor, request.limit
    if request.status is Status.PUBLISHED:
        return await context.store.page(Filter(author=user_id), "newest", cursor, limit)
    whose = "drafts are for their author and administrators"
    if context.caller.role is Role.VISITOR:
        raise Unauthenticated(f"{whose}: send a session token")
    if context.caller.role is not Role.ADMIN and context.caller.id != user_id:
        raise Forbidden(whose)
    return await context.store.drafts(user_id, cursor, limit)
