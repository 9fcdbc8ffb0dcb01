"""Give a dead letter with all that was done about it."""

from typing import Annotated

import msgspec

from functions.event.model import History
from functions.event.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ADMINS, raises=(NotFound,))


class GetDeadLetter(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: GetDeadLetter, context: Context[Store]) -> History:
    return await context.store.history(request.id)
