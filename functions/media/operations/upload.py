"""Take a picture from a member, as the raw bytes of the body."""

from functions.media import model
from functions.media.model import Picture, Placing
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.http import Request

ENDPOINT = Endpoint("POST", MEMBERS, status=201, body_limit=model.SIZE)


async def handle(request: Request, context: Context[Store]) -> Picture:
    kind = model.kind_of(request.body)
    placing = Placing.of(
        request.query.get("name", ""), context.caller.id, context.now, model.SUFFIXES[kind]
    )
    return await context.store.add(request.body, kind, placing)
