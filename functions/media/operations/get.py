"""Show one picture."""

from typing import Annotated

import msgspec

from functions.media import model
from functions.media.model import Picture
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(NotFound,))


class GetPicture(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]


async def handle(request: GetPicture, context: Context[Store]) -> Picture:
    return await context.store.get(request.id)
