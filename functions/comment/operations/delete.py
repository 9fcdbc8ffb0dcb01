"""Delete a comment with its replies, as its author or as an administrator."""

from uuid import UUID

import msgspec

from functions.comment import events
from functions.comment.model import Comment
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden, NotFound, Stale

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden, NotFound, Stale))


class DeleteComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID


async def handle(request: DeleteComment, context: Context[Store]) -> None:
    caller, expected = context.caller, context.expected

    def check(comment: Comment) -> None:
        comment.check_deletion(caller.id, admin=caller.role is Role.ADMIN, expected=expected)

    await context.store.delete(
        str(request.id), check, context.now, announce=events.comment_deleted
    )
