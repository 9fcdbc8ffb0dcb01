"""Note a post that members may comment on."""

from functions.comment import events
from functions.comment.store import Store
from proto.post.v1.events_pb2 import PostCreated, PostPublished
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(post: PostCreated | PostPublished, context: Context[Store]) -> None:
    await context.store.know_post(events.known_post(post, context.event))
