"""Have Clerk make a member an administrator, or a member again."""

from typing import Annotated

import msgspec

from functions.user import model
from functions.user.clerk import Clerk
from functions.user.model import Asked, Role
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict, NotFound

ENDPOINT = Endpoint("POST", ADMINS, status=202, raises=(NotFound, Conflict))


class SetRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]
    role: Role


async def handle(request: SetRole, context: Context[Store]) -> Asked:
    admins = context.settings.fanfold_admins
    # Whom the settings name stays an administrator, whatever Clerk says.
    demoted = request.role == "member" and request.id not in admins
    if demoted and await context.store.administers(request.id, admins):
        await context.store.resign(request.id, admins, context.now)
    await Clerk.of(context.settings).set_role(request.id, request.role)
    return Asked(request.id)
