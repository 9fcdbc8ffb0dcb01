"""Have Clerk change a member's names, as the member or as an administrator."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from functions.user import model
from functions.user.clerk import Clerk
from functions.user.model import Asked
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Conflict, Forbidden, Invalid, NotFound

ENDPOINT = Endpoint("PATCH", MEMBERS, status=202, raises=(Forbidden, NotFound, Conflict))

Name = Annotated[str, msgspec.Meta(max_length=100)]


class UpdateUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    # Without one it is the caller.
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)] | None = None
    username: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | UnsetType = UNSET
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET


async def handle(request: UpdateUser, context: Context[Store]) -> Asked:
    caller = context.caller
    user_id = request.id or caller.id
    if user_id != caller.id and caller.role is not Role.ADMIN:
        raise Forbidden("only the member and administrators may change a member")
    fields = msgspec.to_builtins(request)  # what was not sent is not in it
    fields.pop("id", None)
    if not fields:
        raise Invalid("one of username, first_name and last_name is required")
    await Clerk.of(context.settings).update(user_id, fields)
    return Asked(user_id)
