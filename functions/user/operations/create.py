"""Have Clerk make a member; its webhook writes the row."""

from typing import Annotated, Any

import msgspec

from functions.user.clerk import Clerk
from functions.user.model import Asked, Role
from functions.user.store import Store
from shared.context import Context
from shared.endpoint import ADMINS, Endpoint
from shared.errors import Conflict

ENDPOINT = Endpoint("POST", ADMINS, status=202, raises=(Conflict,))


class CreateUser(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    email: Annotated[str, msgspec.Meta(pattern=r"^[^@\s]{1,64}@[^@\s]{1,189}$")]
    username: Annotated[str, msgspec.Meta(max_length=64)] = ""
    first_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    last_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    role: Role = "member"


async def handle(request: CreateUser, context: Context[Store]) -> Asked:
    fields: dict[str, Any] = {"email_address": [request.email]}
    for name in ("username", "first_name", "last_name"):
        if value := getattr(request, name):
            fields[name] = value
    if request.role == "admin":
        fields["public_metadata"] = {"role": "admin"}
    return Asked(await Clerk.of(context.settings).create(fields))
