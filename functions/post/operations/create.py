"""Write a post as the signed-in member: published at once, or kept as a draft."""

from typing import Annotated

import msgspec

from functions.post import events, model
from functions.post.model import Post, Profile, Status, Writing
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint(
    "POST",
    MEMBERS,
    status=201,
    # A character of the content takes up to twelve bytes in JSON.
    body_limit=12 * model.CONTENT + 65_536,
    raises=(Conflict,),
)


class CreatePost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=model.TITLE)]
    content: Annotated[str, msgspec.Meta(min_length=1, max_length=model.CONTENT)]
    summary: Annotated[str, msgspec.Meta(max_length=model.SUMMARY)] = ""
    cover: Annotated[str, msgspec.Meta(max_length=model.COVER)] = ""
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] = ""
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=model.TAGS)] = ()
    status: Status = Status.PUBLISHED


async def handle(request: CreatePost, context: Context[Store]) -> Post:
    writing = Writing(**msgspec.structs.asdict(request))
    profile = await context.store.author(context.caller.id) or await ask_for_author(context)
    post = Post.write(writing, profile.author, context.now)
    return await context.store.add(post, profile, announce=events.post_created)


async def ask_for_author(context: Context[Store]) -> Profile:
    """Ask the owner of members for one that no event has told of yet."""
    try:
        return msgspec.convert(
            await context.calls.get("user-get", id=context.caller.id), type=Profile
        )
    except NotFound as unknown:
        raise Conflict("your profile has not arrived yet, try again in a moment") from unknown
