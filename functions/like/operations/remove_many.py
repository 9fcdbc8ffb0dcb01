"""Take the signed-in member's likes of several posts back."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.like import events
from functions.like.model import Removal
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint

ENDPOINT = Endpoint("DELETE", MEMBERS)


class RemoveLikes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: RemoveLikes, context: Context[Store]) -> Removal:
    posts = list(dict.fromkeys(map(str, request.post_ids)))
    return await context.store.remove_many(
        posts, context.caller.id, context.now, announce=events.like_removed
    )
