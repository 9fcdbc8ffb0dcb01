"""Count members, in all and by role."""

from functions.user.model import Counted
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint

ENDPOINT = Endpoint("GET", ADMINS)


async def handle(context: Context[Store]) -> Counted:
    return await context.store.counts(context.settings.fanfold_admins)
