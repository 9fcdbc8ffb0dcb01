"""Give a member's words back, as often as asked."""

from typing import Annotated

import msgspec

from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint

ENDPOINT = Endpoint("POST", MEMBERS, status=201, body_limit=1000)


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    times: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1


class Said(msgspec.Struct, frozen=True):
    by: str
    words: list[str]


async def handle(request: Say, context: Context[None]) -> Said:
    return Said(context.caller.id, [request.text] * request.times)
