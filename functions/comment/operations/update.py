"""Edit a comment as its author."""

from typing import Annotated
from uuid import UUID

import msgspec

from functions.comment import events, model
from functions.comment.model import Comment
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Forbidden, NotFound, Stale

ENDPOINT = Endpoint("PATCH", MEMBERS, raises=(Forbidden, NotFound, Stale))


class UpdateComment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=model.TEXT)]


async def handle(request: UpdateComment, context: Context[Store]) -> Comment:
    caller, expected = context.caller, context.expected

    def edit(comment: Comment) -> Comment:
        comment.check_edit(caller.id, expected=expected)
        return comment.edited(request.text, context.now)

    return await context.store.change(str(request.id), edit, announce=events.comment_updated)
