"""Keep what functions could not handle, whatever its bytes are, as many at a time as wait."""

from functions.event import events
from functions.event.store import Store
from shared.admission import media_of
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.http import Request
from shared.letters import BATCH_TYPE, Letter, decode

ENDPOINT = Endpoint("POST", SERVICES, inbox=False, body_limit=16 * 1024 * 1024)


async def handle(request: Request, context: Context[Store]) -> None:
    sent = [Letter(request.headers, request.body)]
    if media_of(request.headers) == BATCH_TYPE:
        sent = decode(request.body)
    await context.store.keep(
        [(events.dead_letter(letter, context.now), letter.body) for letter in sent]
    )
