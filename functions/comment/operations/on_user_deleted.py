"""Delete a member's comments and forget what they were called, as far as one call goes."""

from functions.comment import events
from functions.comment.store import Store
from proto.user.v1.events_pb2 import UserDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(user: UserDeleted, context: Context[Store]) -> Again:
    profile = events.profile(user, context.event)
    return Again(
        await context.store.forget_author(profile, context.now, announce=events.comment_deleted)
    )
