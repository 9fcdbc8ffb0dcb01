"""Who may call: administrators by session token, operators by the installation's token."""

import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from event_stream import operators
from shared.context import Caller
from shared.endpoint import Role
from shared.errors import Forbidden, Invalid, Unauthenticated
from shared.http import Request
from shared.identity import Identity

OPERATOR = Caller("operator", Role.ADMIN)
# Session tokens live a minute: who follows on comes with a fresh one.
SESSION_SECONDS = 50.0


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who calls, and for how many seconds a stream may go on by the word of the token."""

    caller: Caller
    seconds: float | None


class Doorman:
    def __init__(
        self, operator_token: str, identity: Identity, now: Callable[[], float] = time.time
    ) -> None:
        self._operator_token = operator_token.encode()
        self._identity = identity
        self._now = now

    async def admit(self, metadata: Iterable[tuple[str, str | bytes]]) -> Admitted:
        """Let administrators in; whoever else calls is told what is missing."""
        said = list(metadata)
        given = [value for key, value in said if key == "authorization"]
        names = [value for key, value in said if key == operators.METADATA]
        if len(given) != 1 or not isinstance(given[0], str):
            raise Unauthenticated(
                "metadata must have authorization once: Bearer and a token of an administrator"
                " or the operator token"
            )
        scheme, _, token = given[0].partition(" ")
        if scheme.lower() == "bearer" and self._is_operator(token.strip()):
            return Admitted(_operator(names), None)
        if names:
            raise Invalid(
                f"{operators.METADATA} goes with the operator token:"
                " a session token says by itself who calls"
            )
        # No signature goes along: what functions are allowed by it is not for gRPC.
        request = Request("POST", "/", {"authorization": given[0]}, b"")
        caller = await self._identity.caller(
            request, function="event-stream", target="/", now=self._now()
        )
        if caller.role is not Role.ADMIN:
            raise Forbidden(f"caller must be an administrator, {caller.id} is a {caller.role}")
        return Admitted(caller, SESSION_SECONDS)

    def _is_operator(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self._operator_token)


def _operator(names: list[str | bytes]) -> Caller:
    """Name the operator as they do; all that the token proves is that it is one."""
    if not names:
        return OPERATOR
    name = names[0]
    if len(names) > 1 or not isinstance(name, str):
        raise Invalid(
            f"metadata must have {operators.METADATA} once, got it {len(names)} times"
        )
    return Caller(f"{OPERATOR.id} ({operators.checked(name)})", OPERATOR.role)
