"""Delete a picture as its owner or as an administrator."""

from typing import Annotated

import msgspec

from functions.media import model
from functions.media.model import Found
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden, NotFound

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden, NotFound))


class DeletePicture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]


async def handle(request: DeletePicture, context: Context[Store]) -> None:
    caller = context.caller

    def check(picture: Found) -> None:
        picture.check_owner(caller.id, admin=caller.role is Role.ADMIN)

    await context.store.delete(request.id, check)
