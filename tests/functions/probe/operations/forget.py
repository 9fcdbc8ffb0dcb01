"""Do nothing, for the platform alone."""

from shared.context import Context
from shared.endpoint import SERVICES, Endpoint

ENDPOINT = Endpoint("POST", SERVICES)


async def handle(context: Context[None]) -> None:
    context.log.info("nothing remembered")
