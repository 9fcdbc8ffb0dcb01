"""Show the public profile of a member."""

from typing import Annotated

import msgspec

from functions.user import model
from functions.user.model import Profile
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ANYONE, Endpoint
from shared.errors import NotFound

ENDPOINT = Endpoint("GET", ANYONE, etag=True, raises=(NotFound,))


class GetUser(msgspec.Struct, frozen=True):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=model.ID)]


async def handle(request: GetUser, context: Context[Store]) -> Profile:
    return (await context.store.get(request.id)).profile
