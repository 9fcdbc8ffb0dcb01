"""Take a picture from a member, as the raw bytes of the body."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.media import formats, model
from functions.media.model import Picture, Placing
from functions.media.posts import check_post
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Forbidden, UnsupportedMedia
from shared.http import Request

ENDPOINT = Endpoint(
    "POST",
    MEMBERS,
    status=201,
    body_limit=model.SIZE,
    accepts=tuple(formats.SUFFIXES),
    raises=(UnsupportedMedia, Forbidden),
)


class UploadPicture(msgspec.Struct, frozen=True):
    # What the member calls it; a name of ours is made of it.
    name: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    # What is to be seen, for those who do not see it.
    alt: Annotated[str, msgspec.Meta(max_length=model.ALT)] = ""
    # The post that it belongs to, and goes with.
    post_id: UUID | None = None


async def handle(request: Request, query: UploadPicture, context: Context[Store]) -> Picture:
    body, owner, now = request.body, context.caller.id, context.now
    kind = formats.kind_of(body)
    post_id = str(query.post_id or "")
    await check_post(post_id, context)
    placing = Placing.of(query.name, owner, now, formats.SUFFIXES[kind], post_id)
    return await context.store.add(body, kind, placing, query.alt, now)
