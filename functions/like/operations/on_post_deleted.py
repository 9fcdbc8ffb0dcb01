"""Bury a post and take its likes back, as far as one call goes."""

from functions.like import events
from functions.like.store import Store
from proto.post.v1.events_pb2 import PostDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(post: PostDeleted, context: Context[Store]) -> Again:
    known = events.known_post(post, context.event)
    return Again(
        await context.store.bury_post(known, context.now, announce=events.like_removed)
    )
