"""Have Clerk delete a member, as the member or as an administrator."""

from typing import Annotated

import msgspec

from functions.user import model
from functions.user.clerk import Clerk
from functions.user.model import Asked
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Conflict, Forbidden, NotFound

ENDPOINT = Endpoint("DELETE", MEMBERS, status=202, raises=(Forbidden, NotFound, Conflict))


class DeleteUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # Asked for even of oneself: nobody ends an account by an empty request.
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]


async def handle(request: DeleteUser, context: Context[Store]) -> Asked:
    caller, admins = context.caller, context.settings.fanfold_admins
    if request.id != caller.id and caller.role is not Role.ADMIN:
        raise Forbidden("only the member and administrators may delete a member")
    if await context.store.administers(request.id, admins):
        await context.store.resign(request.id, admins, context.now)
    await Clerk.of(context.settings).delete(request.id)
    return Asked(request.id)
