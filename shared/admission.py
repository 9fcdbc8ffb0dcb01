"""What an operation lets in: bodies of its media type, callers of its roles."""

from collections.abc import Mapping

from shared.context import Caller
from shared.endpoint import Role
from shared.errors import Forbidden, Unauthenticated, UnsupportedMedia
from shared.events import BATCH_TYPE
from shared.http import media_type
from shared.operation import Operation


def check_media(operation: Operation, headers: Mapping[str, str]) -> None:
    if wanted := operation.parameters.media:
        found = media_of(headers)
        many = operation.parameters.many and found == BATCH_TYPE
        if found != wanted and not many:
            raise UnsupportedMedia(f"content-type must be {wanted}, got {found[:80]!r}")


def media_of(headers: Mapping[str, str]) -> str:
    return media_type(headers.get("content-type", ""))


def check_role(operation: Operation, caller: Caller) -> None:
    allowed = operation.endpoint.allow
    if caller.role in allowed:
        return
    who = " or ".join(role for role in Role if role in allowed)
    if caller.role is Role.VISITOR and Role.ADMIN in allowed:
        raise Unauthenticated(f"{operation.function} is for {who}: send a session token")
    raise Forbidden(f"{operation.function} is for {who}, got {caller.role}")
