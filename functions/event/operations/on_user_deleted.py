"""Redact what the log has of a member who is gone, as far as one call goes."""

from functions.event.store import Store
from proto.user.v1.events_pb2 import UserDeleted
from shared.context import Context
from shared.endpoint import SERVICES, Again, Endpoint

ENDPOINT = Endpoint("POST", SERVICES, replayable=True)


async def handle(user: UserDeleted, context: Context[Store]) -> Again:
    return Again(await context.store.forget_member(user.id, context.now))
