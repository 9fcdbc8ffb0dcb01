"""Count a post's likes, each by its newest revision."""

from functions.post.store import Store
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint
from shared.events import Event, revision_of

# What is known of each like makes a second delivery harmless: no inbox is needed.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(like: LikeAdded | LikeRemoved, event: Event, context: Context[Store]) -> None:
    await context.store.count(
        "likes",
        like.post_id,
        event.subject,
        revision_of(event),
        stands=isinstance(like, LikeAdded),
    )
