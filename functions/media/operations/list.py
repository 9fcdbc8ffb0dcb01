"""List a member's own pictures, all of them or those of a post or a tag."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.media import model
from functions.media.model import Picture
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden
from shared.pages import Page

ENDPOINT = Endpoint("GET", MEMBERS, etag=True, raises=(Forbidden,))


class ListPictures(msgspec.Struct, frozen=True):
    # Without one it is the caller.
    owner: Annotated[str, msgspec.Meta(pattern=model.OWNER_PATTERN)] | None = None
    post_id: UUID | None = None
    tag: Annotated[str, msgspec.Meta(pattern=model.TAG_PATTERN)] | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListPictures, context: Context[Store]) -> Page[Picture]:
    caller = context.caller
    owner = request.owner or caller.id
    if owner != caller.id and caller.role is not Role.ADMIN:
        raise Forbidden("only the member and administrators may list a member's pictures")
    return await context.store.page(
        owner, str(request.post_id or ""), request.tag or "", request.cursor, request.limit
    )
