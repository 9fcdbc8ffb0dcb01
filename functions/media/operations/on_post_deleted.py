"""Let the pictures of a deleted post go, as far as one call goes."""

from functions.media.store import Store
from proto.post.v1.events_pb2 import PostDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

# Deleting twice changes nothing: no inbox is needed, and there is none.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(post: PostDeleted, context: Context[Store]) -> Again:
    return Again(await context.store.forget_post(post.id))
