"""Every operation against every kind of caller: who gets in, and what the others are told.

The table is made from what operations declare. Each is asked for nothing, so that whoever gets
in meets the operation's own word for an empty request, and nothing happens to anybody.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from local.standins.sessions import SigningKey
from shared import events, signing
from shared.endpoint import ANY, ANYONE, Role
from shared.openapi.document import operations
from shared.operation import Operation
from tests.conftest import ROOT
from tests.e2e.client import Fanfold

OPERATIONS = operations(ROOT / "stack.yml")
AT_ONCE = 8
# What an operation says to an empty request, where its types do not tell.
SAID = {
    "user-clerk-webhook": 400,
    "user-update": 400,
    "media-upload": 415,
    "event-dead-letter-store": 204,
    "event-dead-letter-retry-many": 400,
    "event-dead-letter-restore": 400,
}
Proof = Callable[[Operation, str, bytes], dict[str, str]]


@dataclass(frozen=True)
class Kind:
    """A kind of caller: how it proves itself, and as what it is known, None when it is not."""

    name: str
    role: Role | None
    proof: Proof
    refused: int = 0


def method(operation: Operation) -> str:
    return "GET" if operation.endpoint.method == ANY else operation.endpoint.method


def said(operation: Operation) -> int:
    """What whoever gets in is answered to an empty request."""
    parameters = operation.parameters
    asked = parameters.body or parameters.query
    if operation.function in SAID:
        return SAID[operation.function]
    if parameters.consumes or (asked and _requires(asked)):
        return 400
    hints = operation.handle.__annotations__
    return 204 if hints["return"] is None else operation.endpoint.status


def _requires(kind: type) -> bool:
    fields: Any = msgspec.inspect.type_info(kind)
    return any(field.required for field in fields.fields)


def expected(operation: Operation, kind: Kind) -> int:
    if kind.role is None:
        return kind.refused
    allowed = operation.endpoint.allow
    if kind.role in allowed:
        return said(operation)
    return 401 if kind.role is Role.VISITOR and Role.ADMIN in allowed else 403


def signed_for(master: str, function: str | None = None) -> Proof:
    def proof(operation: Operation, path: str, body: bytes) -> dict[str, str]:
        name, at = function or operation.function, int(time.time())
        return {signing.HEADER: signing.sign(master, name, path, body, at)}

    return proof


def bearer(token: str) -> Proof:
    return lambda *_: {"authorization": f"Bearer {token}"}


def nothing(*_: object) -> dict[str, str]:
    return {}


@pytest.fixture(scope="module")
def kinds(fanfold: Fanfold) -> list[Kind]:
    installation = fanfold.installation
    master = installation.secret("signing-key")
    one, other = fanfold.sign_up("Role"), fanfold.sign_up("Other")
    chief = fanfold.sign_up("Chief", role="admin")
    environment = installation.environment
    key = SigningKey.load(installation.home / "standins" / "clerk-signing-key.pem")
    forger = SigningKey(generate_private_key(65537, 2048), key.kid)

    def minted(by: SigningKey, at: float) -> Proof:
        token = by.session_token(
            {"id": chief, "public_metadata": {"role": "admin"}},
            issuer=environment["CLERK_ISSUER"],
            party=environment["CLERK_AUTHORIZED_PARTIES"].split(",")[0],
            now=int(at),
        )
        return bearer(token)

    return [
        Kind("visitor", Role.VISITOR, nothing),
        Kind("member", Role.MEMBER, bearer(fanfold.token(one))),
        Kind("other member", Role.MEMBER, bearer(fanfold.token(other))),
        Kind("administrator", Role.ADMIN, bearer(fanfold.token(chief))),
        Kind("platform", Role.SERVICE, signed_for(master)),
        Kind("signed for another function", None, signed_for(master, "post-relay-2"), 403),
        Kind("signed by another platform", None, signed_for("another key"), 403),
        Kind("forged token", None, minted(forger, time.time()), 401),
        Kind("expired token", None, minted(key, time.time() - 120), 401),
    ]


async def answers(gateway: str, kinds: list[Kind]) -> dict[tuple[str, str], int]:
    """Ask every operation as every kind of caller."""
    places = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(base_url=gateway, timeout=30) as http:

        async def ask(operation: Operation, kind: Kind) -> tuple[tuple[str, str], int]:
            body = b"{}" if operation.parameters.media else b""
            headers = kind.proof(operation, "/", body)
            if operation.parameters.media:
                headers["content-type"] = operation.parameters.media
            path = f"/function/{operation.function}"
            async with places:
                # The status suffices, and the body of a stream takes its time.
                asked = http.stream(method(operation), path, content=body, headers=headers)
                async with asked as got:
                    return (operation.function, kind.name), got.status_code

        pairs = [ask(operation, kind) for operation in OPERATIONS for kind in kinds]
        return dict(await asyncio.gather(*pairs))


async def test_every_operation_is_for_those_it_names(
    fanfold: Fanfold, kinds: list[Kind]
) -> None:
    table = {
        (operation.function, kind.name): expected(operation, kind)
        for operation in OPERATIONS
        for kind in kinds
    }
    got = await answers(fanfold.installation.urls["gateway"], kinds)
    wrong = [
        f"{kind}: {function} answers {status}, not {table[function, kind]}"
        for (function, kind), status in got.items()
        if status != table[function, kind]
    ]
    assert not wrong, "\n".join(wrong)


def test_table_has_every_kind_of_operation() -> None:
    allowed = {operation.endpoint.allow for operation in OPERATIONS}
    consuming = [operation for operation in OPERATIONS if operation.parameters.consumes]
    assert ANYONE in allowed
    assert {operation.parameters.media for operation in consuming} == {events.CONTENT_TYPE}
