"""List events whose place in the log another had: a defect of whoever published them."""

from typing import Annotated

import msgspec

from functions.event.model import Conflicting
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS)


class ListConflicts(msgspec.Struct, frozen=True):
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListConflicts, context: Context[Store]) -> Page[Conflicting]:
    return await context.store.conflicts(request.cursor, request.limit)
