"""Greet whoever asks."""

import msgspec

from shared.context import Context
from shared.endpoint import ANYONE, Endpoint

ENDPOINT = Endpoint("GET", ANYONE)


class Greeting(msgspec.Struct, frozen=True):
    hello: str


async def handle(context: Context[None]) -> Greeting:
    return Greeting(context.caller.role)
