"""Comment on a post as the signed-in member."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.comment import events, model
from functions.comment.model import Comment, KnownPost, Profile
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("POST", MEMBERS, status=201, raises=(NotFound, Conflict))


class CreateComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    post_id: UUID
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=model.TEXT)]
    parent_id: UUID | None = None


async def handle(request: CreateComment, context: Context[Store]) -> Comment:
    post_id = str(request.post_id)
    parent_id = str(request.parent_id) if request.parent_id else None
    post = await context.store.post(post_id) or await ask_for_post(post_id, context)
    profile = await context.store.author(context.caller.id) or await ask_for_author(context)
    comment = Comment.write(post_id, parent_id, request.text, profile.author, context.now)
    return await context.store.add(comment, post, profile, announce=events.comment_created)


async def ask_for_post(post_id: str, context: Context[Store]) -> KnownPost:
    """Ask the owner of posts for one that no event has told of yet; nobody discusses a draft.

    What it answers counts as older than whatever an event tells.
    """
    found = await context.calls.get("post-get", id=post_id)
    if found.get("status") == "draft":
        raise NotFound(f"no post has the id {post_id}")
    return KnownPost(post_id, 0)


async def ask_for_author(context: Context[Store]) -> Profile:
    """Ask the owner of members for one that no event has told of yet."""
    try:
        return msgspec.convert(
            await context.calls.get("user-get", id=context.caller.id), type=Profile
        )
    except NotFound as unknown:
        raise Conflict("your profile has not arrived yet, try again in a moment") from unknown
