"""Like a post as the signed-in member."""

from uuid import UUID

import msgspec

from functions.like import events
from functions.like.model import KnownPost, Standing
from functions.like.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("POST", MEMBERS, raises=(NotFound, Conflict))


class AddLike(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post_id: UUID


async def handle(request: AddLike, context: Context[Store]) -> Standing:
    post_id = str(request.post_id)
    post = await context.store.post(post_id) or await ask_for_post(post_id, context)
    like = await context.store.add(
        post, context.caller.id, context.now, announce=events.like_added
    )
    return like.standing


async def ask_for_post(post_id: str, context: Context[Store]) -> KnownPost:
    """Ask the owner of posts for one that no event has told of yet; nobody likes a draft.

    What it answers counts as older than whatever an event tells.
    """
    found = await context.calls.get("post-get", id=post_id)
    if found.get("status") == "draft":
        raise NotFound(f"no post has the id {post_id}")
    return KnownPost(post_id, 0)
