"""Count a post's likes."""

from functions.post.store import Store
from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(like: LikeAdded | LikeRemoved, context: Context[Store]) -> None:
    change = 1 if isinstance(like, LikeAdded) else -1
    await context.store.count_likes(like.post_id, change)
