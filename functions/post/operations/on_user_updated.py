"""Sign a member's posts with their new name and picture, as far as one call goes."""

from functions.post import events
from functions.post.store import Store
from proto.user.v1.events_pb2 import UserCreated, UserUpdated
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(user: UserCreated | UserUpdated, context: Context[Store]) -> Again:
    profile = events.profile(user, context.event)
    return Again(await context.store.know_author(profile))
