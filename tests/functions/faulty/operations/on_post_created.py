"""Count the posts that were created, when in the mood."""

import os

from functions.faulty.store import Store
from proto.post.v1.events_pb2 import PostCreated
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(event: PostCreated, context: Context[Store]) -> None:
    if os.environ["FAULTY"] == "yes":
        raise RuntimeError(f"this deployment cannot count {event.slug}")
    await context.store.count(f"post/{event.id}")
