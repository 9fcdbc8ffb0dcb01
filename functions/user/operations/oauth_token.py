"""Give a member their own access to a service that they signed in with; it is kept nowhere."""

from typing import Annotated

import msgspec

from functions.user.clerk import Clerk, Token
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("GET", MEMBERS, raises=(NotFound, Conflict))


class AskForToken(msgspec.Struct, frozen=True):
    # As in google, github, custom_ours.
    provider: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


async def handle(request: AskForToken, context: Context[Store]) -> Token:
    tokens = await Clerk.of(context.settings).tokens(context.caller.id, request.provider)
    if not tokens:
        raise NotFound(f"your account is not connected with {request.provider}")
    return tokens[0]
