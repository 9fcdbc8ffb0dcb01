"""Say of a picture what is to be seen, how its owner calls it and which post it belongs to."""

from typing import Annotated

import msgspec

from functions.media import model
from functions.media.model import Found, Picture
from functions.media.posts import check_post
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden, NotFound

ENDPOINT = Endpoint("PATCH", MEMBERS, raises=(Forbidden, NotFound))

Tag = Annotated[str, msgspec.Meta(pattern=model.TAG_PATTERN)]


class UpdatePicture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]
    alt: Annotated[str, msgspec.Meta(max_length=model.ALT)] | None = None
    tags: Annotated[tuple[Tag, ...], msgspec.Meta(max_length=model.TAGS)] | None = None
    # An empty one lets go of the post.
    post_id: Annotated[str, msgspec.Meta(pattern=rf"^({model.POST_PATTERN})?$")] | None = None


async def handle(request: UpdatePicture, context: Context[Store]) -> Picture:
    caller, now, post_id = context.caller, context.now, request.post_id
    await check_post(post_id, context)

    def edit(picture: Found) -> Found:
        picture.check_owner(caller.id, admin=caller.role is Role.ADMIN)
        return picture.edited(now, alt=request.alt, labels=request.tags, post_id=post_id)

    return await context.store.change(request.id, edit)
