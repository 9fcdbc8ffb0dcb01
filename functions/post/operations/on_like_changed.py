"""Count posts' likes, each by its newest revision."""

from functions.post import events
from functions.post.store import Store
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

# What is known of each like makes a second delivery harmless: no inbox is needed.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(likes: list[LikeAdded | LikeRemoved], context: Context[Store]) -> None:
    told = zip(likes, context.events, strict=True)
    await context.store.count([events.reaction(like, event) for like, event in told])
