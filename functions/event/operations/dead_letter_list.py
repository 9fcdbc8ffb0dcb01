"""List what functions could not handle, the latest failures first."""

from typing import Annotated

import msgspec

from functions.event.model import DeadLetter, State
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS)


class ListDeadLetters(msgspec.Struct, frozen=True):
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    state: State | None = None


async def handle(request: ListDeadLetters, context: Context[Store]) -> Page[DeadLetter]:
    return await context.store.letters(request.state, request.cursor, request.limit)
