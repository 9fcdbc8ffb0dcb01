"""Callers who can prove it: an issuer of session tokens and a signing key, both in memory."""

from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from shared.context import SERVICE, VISITOR, Caller
from shared.endpoint import Role
from shared.testing.doubles import NOW

ISSUER = "https://clerk.test"
PARTY = "https://fanfold.test"
KID = "ins_test"
MASTER = "the master key of tests"


def visitor() -> Caller:
    return VISITOR


def member(user_id: str = "user_1") -> Caller:
    return Caller(user_id, Role.MEMBER)


def admin(user_id: str = "user_admin") -> Caller:
    return Caller(user_id, Role.ADMIN)


def service() -> Caller:
    return SERVICE


@cache
def private_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def jwks(kid: str = KID) -> dict[str, Any]:
    """Give the document in which the issuer publishes its key."""
    key = RSAAlgorithm.to_jwk(private_key().public_key(), as_dict=True)
    return {"keys": [{**key, "kid": kid, "use": "sig", "alg": "RS256"}]}


def session_token(user_id: str = "user_1", *, kid: str = KID, **claims: Any) -> str:  # noqa: ANN401 - claims of any shape are the point
    """Mint a session token as Clerk does, 60 s from NOW; a claim given as None is left out."""
    now = int(NOW.timestamp())
    said = {
        "iss": ISSUER,
        "sub": user_id,
        "sid": "sess_1",
        "azp": PARTY,
        "iat": now,
        "nbf": now - 10,
        "exp": now + 60,
        "v": 2,
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, private_key(), "RS256", headers={"kid": kid})


def bearer(caller: Caller) -> str:
    return f"Bearer {session_token(caller.id, role=caller.role.value)}"
