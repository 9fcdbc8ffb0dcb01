"""Send a dead letter to its function once more."""

from typing import Annotated

import msgspec

from functions.event import events
from functions.event.model import DeadLetter
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("POST", ADMINS, raises=(NotFound, Conflict))


class RetryDeadLetter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    why: Annotated[str, msgspec.Meta(max_length=500)] = ""


async def handle(request: RetryDeadLetter, context: Context[Store]) -> DeadLetter:
    letter, body = await context.store.letter(request.id)
    letter.check_retry()
    # Published before it is noted: a crash between the two leaves a letter that can be retried
    # again, and the function's inbox makes one effect of both.
    await context.broker.publish_raw(
        events.RETURN,
        events.queue_of(letter.function),
        body,
        events.retry_headers(letter),
        letter.event_id,
    )
    by, at = context.caller.id, context.now
    return await context.store.retried(letter, by, at, request.why)
