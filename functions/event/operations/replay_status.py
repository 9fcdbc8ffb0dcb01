"""Tell how far runs are: replays, and retries of many dead letters."""

from typing import Annotated

import msgspec

from functions.event.model import Run
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import NotFound
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS, raises=(NotFound,))


class ShowRuns(msgspec.Struct, frozen=True):
    """With an `id` one run, else all of them, the latest first."""

    id: Annotated[str, msgspec.Meta(max_length=100)] = ""
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ShowRuns, context: Context[Store]) -> Page[Run]:
    if request.id:
        return Page([await context.store.run(request.id)])
    return await context.store.runs(request.cursor, request.limit)
