"""Rewrite a post as its author or as an administrator; what is left out is emptied."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.post import events, model
from functions.post.model import Post, Status
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Conflict, Forbidden, NotFound, Stale

ENDPOINT = Endpoint(
    "PUT",
    MEMBERS,
    # A character of the content takes up to twelve bytes in JSON.
    body_limit=12 * model.CONTENT + 65_536,
    raises=(Forbidden, NotFound, Conflict, Stale),
)


class UpdatePost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=model.TITLE)]
    content: Annotated[str, msgspec.Meta(min_length=1, max_length=model.CONTENT)]
    status: Status
    summary: Annotated[str, msgspec.Meta(max_length=model.SUMMARY)] = ""
    cover: Annotated[str, msgspec.Meta(max_length=model.COVER)] = ""
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] = ""
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=model.TAGS)] = ()


async def handle(request: UpdatePost, context: Context[Store]) -> Post:
    caller, expected = context.caller, context.expected
    writing = msgspec.structs.asdict(request)
    post_id = str(writing.pop("id"))

    def edit(post: Post) -> Post:
        post.check_change(caller.id, admin=caller.role is Role.ADMIN, expected=expected)
        return post.edited(context.now, **writing)

    return await context.store.change(post_id, edit, announce=events.post_changed)
