"""Note the posts that members may comment on."""

from functions.comment import events
from functions.comment.store import Store
from proto.post.v1.events_pb2 import PostCreated, PostPublished
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

# What is known of each post makes a second delivery harmless: no inbox is needed.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(posts: list[PostCreated | PostPublished], context: Context[Store]) -> None:
    told = zip(posts, context.events, strict=True)
    await context.store.know_posts([events.known_post(post, event) for post, event in told])
