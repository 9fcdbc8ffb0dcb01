"""Delete pictures as their owner or as an administrator: all of them, or none."""

from typing import Annotated

import msgspec

from functions.media import model
from functions.media.model import Deleted, Found
from functions.media.store import Store
from shared.context import Context
from shared.endpoint import MEMBERS, Endpoint, Role
from shared.errors import Forbidden

ENDPOINT = Endpoint("DELETE", MEMBERS, raises=(Forbidden,))

Id = Annotated[str, msgspec.Meta(pattern=model.ID_PATTERN)]


class DeletePictures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=100)]


async def handle(request: DeletePictures, context: Context[Store]) -> Deleted:
    caller = context.caller

    def check(picture: Found) -> None:
        picture.check_owner(caller.id, admin=caller.role is Role.ADMIN)

    return await context.store.delete_many(list(dict.fromkeys(request.ids)), check)
