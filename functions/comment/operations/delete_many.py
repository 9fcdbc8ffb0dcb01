"""Delete comments with their replies, as their author or an administrator: all, or none."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.comment import events
from functions.comment.model import Comment, Deleted
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Conflict, Forbidden

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden, Conflict))


class DeleteComments(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: DeleteComments, context: Context[Store]) -> Deleted:
    caller = context.caller
    ids = list(dict.fromkeys(map(str, request.ids)))

    def check(comment: Comment) -> None:
        comment.check_deletion(caller.id, admin=caller.role is Role.ADMIN)

    return await context.store.delete_many(
        ids, check, context.now, announce=events.comment_deleted
    )
