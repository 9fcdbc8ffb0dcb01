"""Take a picture from a member, as the raw bytes of the body."""

from typing import Annotated

import msgspec

from functions.media import model
from functions.media.model import Picture, Placing
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import UnsupportedMedia
from shared.http import Request

ENDPOINT = Endpoint(
    "POST",
    MEMBERS,
    status=201,
    body_limit=model.SIZE,
    accepts=tuple(model.SUFFIXES),
    raises=(UnsupportedMedia,),
)


class UploadPicture(msgspec.Struct, frozen=True):
    # What the member calls it; a name of ours is made of it.
    name: Annotated[str, msgspec.Meta(max_length=1000)] = ""


async def handle(request: Request, query: UploadPicture, context: Context[Store]) -> Picture:
    kind = model.kind_of(request.body)
    placing = Placing.of(query.name, context.caller.id, context.now, model.SUFFIXES[kind])
    return await context.store.add(request.body, kind, placing)
