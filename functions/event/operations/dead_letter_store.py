"""Keep what a function could not handle, whatever its bytes are."""

from functions.event import events
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.http import Request

ENDPOINT = Endpoint("POST", SERVICES, inbox=False, body_limit=16 * 1024 * 1024)


async def handle(request: Request, context: Context[Store]) -> None:
    await context.store.keep(events.dead_letter(request, context.now), request.body)
