"""Handle many events in one call: each is handled once, and one that fails is named."""

import msgspec

from shared.admission import media_of
from shared.answers import json_response
from shared.context import Context
from shared.databases import unit
from shared.databases.database import AlreadyHandled
from shared.errors import Forbidden, Invalid, Unavailable
from shared.events import BATCH_TYPE, Event
from shared.http import Request, Response, Stream
from shared.operation import Operation
from shared.wording import worded

# What a body may hold, whatever one event may.
LIMIT = 1024 * 1024


def read(operation: Operation, request: Request) -> tuple[Event, ...]:
    """Read the events of a call, one or a batch, and leave out what the operation ignores."""
    bodies = [request.body]
    if media_of(request.headers) == BATCH_TYPE:
        try:
            bodies = [bytes(raw) for raw in _DECODER.decode(request.body)]
        except (ValueError, RecursionError) as error:
            raise Invalid(worded(error, "body")) from None
    events = tuple(Event.decode(body) for body in bodies)
    if any(event.replay for event in events) and not operation.endpoint.replayable:
        raise Forbidden(f"{operation.function} takes no replayed events")
    # An event that comes twice in one batch is one: the inbox could not tell its two effects.
    once = {(event.id, event.replay): event for event in events}
    return tuple(event for event in once.values() if operation.parameters.takes(event.type))


async def run(operation: Operation, context: Context[object]) -> Response | Stream:
    """Handle the context's events; what the inbox knows already is left out, then again."""
    events = context.events
    while events:
        if operation.endpoint.inbox:
            unit.current().each(context.key(event) for event in events)
        try:
            answer = await operation.run(msgspec.structs.replace(context, events=events))
        except AlreadyHandled as known:
            new = tuple(event for event in events if context.key(event) not in known.args)
            if len(new) == len(events):
                raise Unavailable("the inbox knows a key that is none of this batch") from None
            events = new
            continue
        if failed := unit.current().failed:
            return json_response(200, {"itemFailures": failed})
        return answer
    return json_response(200, {"duplicate": True} if context.events else {"ignored": True})


_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
