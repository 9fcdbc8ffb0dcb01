"""Show one comment."""

from uuid import UUID

import msgspec

from functions.comment.model import Comment
from functions.comment.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(NotFound,))


class GetComment(msgspec.Struct, frozen=True):
    id: UUID


async def handle(request: GetComment, context: Context[Store]) -> Comment:
    return await context.store.get(str(request.id))
