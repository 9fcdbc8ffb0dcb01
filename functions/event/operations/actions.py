"""List what operators did, to what, and why."""

from typing import Annotated

import msgspec

from functions.event.model import Deed
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS)

Name = Annotated[str, msgspec.Meta(max_length=500)]


class ListActions(msgspec.Struct, frozen=True):
    """The latest come first. `what` is an action's whole name, like `dead letter edited`."""

    who: Name = ""
    what: Name = ""
    target: Name = ""
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


async def handle(request: ListActions, context: Context[Store]) -> Page[Deed]:
    wanted = [
        ("caller", request.who),
        ("action", request.what),
        ("target", request.target),
    ]
    return await context.store.deeds(wanted, request.cursor, request.limit)
