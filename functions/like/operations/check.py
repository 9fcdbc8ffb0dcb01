"""Tell whether the signed-in member likes a post."""

from uuid import UUID

import msgspec

from functions.like.model import Standing
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint

ENDPOINT = Endpoint("GET", MEMBERS)


class CheckLike(msgspec.Struct, frozen=True):
    post_id: UUID


async def handle(request: CheckLike, context: Context[Store]) -> Standing:
    return await context.store.standing(str(request.post_id), context.caller.id)
