"""Delete a post as its author or as an administrator."""

from uuid import UUID

import msgspec

from functions.post import events
from functions.post.model import Post
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden, NotFound, Stale

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden, NotFound, Stale))


class DeletePost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID


async def handle(request: DeletePost, context: Context[Store]) -> None:
    caller, expected = context.caller, context.expected

    def check(post: Post) -> None:
        post.check_change(caller.id, admin=caller.role is Role.ADMIN, expected=expected)

    await context.store.delete(
        str(request.id), check, context.now, announce=events.post_deleted
    )
