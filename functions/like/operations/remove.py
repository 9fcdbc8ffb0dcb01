"""Take the signed-in member's like of a post back."""

from uuid import UUID

import msgspec

from functions.like import events
from functions.like.model import Standing
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint

ENDPOINT = Endpoint("DELETE", MEMBERS)


class RemoveLike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post_id: UUID


async def handle(request: RemoveLike, context: Context[Store]) -> Standing:
    like = await context.store.remove(
        str(request.post_id), context.caller.id, context.now, announce=events.like_removed
    )
    return like.standing
