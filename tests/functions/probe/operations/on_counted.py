"""Tell what an event said, without keeping anything."""

from proto.like.v1.events_pb2 import LikeAdded, LikeRemoved
from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(event: LikeAdded | LikeRemoved, context: Context[None]) -> dict[str, str]:
    assert context.event is not None
    return {"type": context.event.type, "post_id": event.post_id, "user_id": event.user_id}
