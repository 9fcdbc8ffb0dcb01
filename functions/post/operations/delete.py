"""Delete a post as its author or as an administrator."""

from uuid import UUID

import msgspec

from functions.post import events
from functions.post.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role

ENDPOINT = Endpoint("DELETE", MEMBERS)


class DeletePost(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID


async def handle(request: DeletePost, context: Context[Store]) -> None:
    post = await context.store.get(str(request.id))
    post.check_deletion(context.caller.id, admin=context.caller.role is Role.ADMIN)
    await context.store.delete(post.id, context.now, announce=events.post_deleted)
