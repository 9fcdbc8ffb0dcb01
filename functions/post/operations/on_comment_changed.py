"""Count a post's comments, each by its newest revision; an edited one counts as before."""

from functions.post.store import Store
from proto.comment.v1.events_pb2 import CommentCreated, CommentDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event, revision_of

# What is known of each comment makes a second delivery harmless: no inbox is needed.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(
    comment: CommentCreated | CommentDeleted, event: Event, context: Context[Store]
) -> None:
    await context.store.count(
        "comments",
        comment.post_id,
        event.subject,
        revision_of(event),
        stands=isinstance(comment, CommentCreated),
    )
