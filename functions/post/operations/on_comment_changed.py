"""Count a post's comments; an edited one counts as before."""

from functions.post.store import Store
from proto.comment.v1.events_pb2 import CommentCreated, CommentDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(comment: CommentCreated | CommentDeleted, context: Context[Store]) -> None:
    change = 1 if isinstance(comment, CommentCreated) else -1
    await context.store.count_comments(comment.post_id, change)
