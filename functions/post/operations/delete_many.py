"""Delete posts as their author or as an administrator: all of them, or none."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.post import events
from functions.post.model import Deleted, Post
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden,))


class DeletePosts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: DeletePosts, context: Context[Store]) -> Deleted:
    caller = context.caller
    ids = list(dict.fromkeys(map(str, request.ids)))

    def check(post: Post) -> None:
        post.check_change(caller.id, admin=caller.role is Role.ADMIN)

    return await context.store.delete_many(
        ids, check, context.now, announce=events.post_deleted
    )
