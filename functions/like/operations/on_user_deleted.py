"""Take the likes of a member who left back, as far as one call goes."""

from functions.like import events
from functions.like.store import Store
from proto.user.v1.events_pb2 import UserDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(user: UserDeleted, context: Context[Store]) -> Again:
    member = events.known_member(user, context.event)
    return Again(
        await context.store.forget_member(member, context.now, announce=events.like_removed)
    )
