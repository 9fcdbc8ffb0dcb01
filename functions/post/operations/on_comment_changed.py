"""Count posts' comments, each by its newest revision; an edited one counts as before."""

from functions.post import events
from functions.post.store import Store
from proto.comment.v1.events_pb2 import CommentCreated, CommentDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

# What is known of each comment makes a second delivery harmless: no inbox is needed.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(
    comments: list[CommentCreated | CommentDeleted], context: Context[Store]
) -> None:
    told = zip(comments, context.events, strict=True)
    await context.store.count([events.reaction(comment, event) for comment, event in told])
