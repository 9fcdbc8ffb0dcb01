"""Change some fields of a post as its author; administrators also say what is featured."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from functions.post import events, model
from functions.post.model import Post, Status
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Conflict, Forbidden, NotFound, Stale

ENDPOINT = Endpoint(
    "PATCH",
    MEMBERS,
    # A character of the content takes up to twelve bytes in JSON.
    body_limit=12 * model.CONTENT + 65_536,
    raises=(Forbidden, NotFound, Conflict, Stale),
)


class PatchPost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=model.TITLE)] | UnsetType = (
        UNSET
    )
    content: (
        Annotated[str, msgspec.Meta(min_length=1, max_length=model.CONTENT)] | UnsetType
    ) = UNSET
    summary: Annotated[str, msgspec.Meta(max_length=model.SUMMARY)] | UnsetType = UNSET
    cover: Annotated[str, msgspec.Meta(max_length=model.COVER)] | UnsetType = UNSET
    category: Annotated[str, msgspec.Meta(max_length=model.CATEGORY)] | UnsetType = UNSET
    tags: Annotated[tuple[str, ...], msgspec.Meta(max_length=model.TAGS)] | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    featured: bool | UnsetType = UNSET


async def handle(request: PatchPost, context: Context[Store]) -> Post:
    caller, expected = context.caller, context.expected
    admin = caller.role is Role.ADMIN
    fields = msgspec.structs.asdict(request)
    changes = {name: value for name, value in fields.items() if value is not UNSET}
    post_id = str(changes.pop("id"))
    if "featured" in changes and not admin:
        raise Forbidden("only an administrator may say what is featured")

    def edit(post: Post) -> Post:
        post.check_change(caller.id, admin=admin, expected=expected)
        return post.edited(context.now, **changes)

    return await context.store.change(post_id, edit, announce=events.post_changed)
