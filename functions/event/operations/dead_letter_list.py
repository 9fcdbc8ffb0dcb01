"""List what functions could not handle, letter by letter or by cause."""

from typing import Annotated

import msgspec

from functions.event.model import Cause, DeadLetter, State
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS_AND_SERVICES, Endpoint
from shared.pages import Page

# The connector asks what was decided about the dead letters of a lane that stands still.
ENDPOINT = Endpoint("GET", ADMINS_AND_SERVICES)

Name = Annotated[str, msgspec.Meta(max_length=500)]


class ListDeadLetters(msgspec.Struct, frozen=True):
    """The latest failures come first; with `group` there is one item for each cause.

    `cause` is the id of such an item, and gives its letters; `event` gives those of one event.
    Causes are those of the letters in
    one state, which is `waiting` unless another is asked for.
    """

    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    state: State | None = None
    function: Name = ""
    type: Name = ""
    cause: Name = ""
    event: Name = ""
    group: bool = False


async def handle(
    request: ListDeadLetters, context: Context[Store]
) -> Page[DeadLetter] | Page[Cause]:
    store, cursor, limit = context.store, request.cursor, request.limit
    if request.group:
        state = request.state or State.WAITING
        return await store.causes(state, request.function, cursor, limit)
    names = ("state", "function", "type", "cause")
    wanted = [(name, getattr(request, name) or "") for name in names]
    wanted.append(("event_id", request.event))
    return await store.letters(wanted, cursor, limit)
