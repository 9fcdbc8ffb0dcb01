"""Fall over, with something in the message that nobody outside may read."""

from shared.context import Context
from shared.endpoint import ANYONE, Endpoint

ENDPOINT = Endpoint("POST", ANYONE)


async def handle(context: Context[None]) -> None:
    raise RuntimeError(f"the password of {context.caller.role} is swordfish")
