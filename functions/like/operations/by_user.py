"""List what a member likes, the newest like first, for the member or an administrator."""

from typing import Annotated

import msgspec

from functions.like.model import LikedPost
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden
from shared.pages import Page

ENDPOINT = Endpoint("GET", MEMBERS, raises=(Forbidden,))


class ListLiked(msgspec.Struct, frozen=True):
    # The caller, when it names nobody.
    user_id: Annotated[str, msgspec.Meta(min_length=1, max_length=191)] | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListLiked, context: Context[Store]) -> Page[LikedPost]:
    caller = context.caller
    user_id = request.user_id or caller.id
    if user_id != caller.id and caller.role is not Role.ADMIN:
        raise Forbidden("only the member or an administrator may list what a member likes")
    return await context.store.liked(user_id, request.cursor, request.limit)
