"""List members, or find them by the beginnings of name, username and e-mail address."""

from typing import Annotated

import msgspec

from functions.user import model
from functions.user.model import Member, Role
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.pages import Page

ENDPOINT = Endpoint("GET", ADMINS)


class ListUsers(msgspec.Struct, frozen=True):
    q: Annotated[str, msgspec.Meta(max_length=model.QUERY)] = ""
    role: Role | None = None
    # A cursor holds an id of Clerk's, and those are long.
    cursor: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20


async def handle(request: ListUsers, context: Context[Store]) -> Page[Member]:
    words = model.query_of(request.q)
    admins = context.settings.fanfold_admins
    return await context.store.page(words, request.role, admins, request.cursor, request.limit)
