"""Let the pictures of a member who left go, as far as one call goes."""

from functions.media.store import Store
from proto.user.v1.events_pb2 import UserDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

# Deleting twice changes nothing: no inbox is needed, and there is none.
ENDPOINT = Endpoint("POST", SERVICES, replayable=True, inbox=False)


async def handle(user: UserDeleted, context: Context[Store]) -> Again:
    return Again(await context.store.forget_owner(user.id))
