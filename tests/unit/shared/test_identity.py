import asyncio
import base64
import hashlib
import hmac
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from shared import signing
from shared.context import Caller
from shared.endpoint import Role
from shared.errors import ConfigurationError, Forbidden, Unauthenticated, Unavailable
from shared.http import Request
from shared.identity import Identity, Keys
from shared.testing import MASTER, NOW, jwks, session_token, settings_of
from shared.testing.identities import ISSUER

AT = NOW.timestamp()


class Issuer:
    """Publishes the keys of tests, and counts how often it is asked."""

    def __init__(self) -> None:
        self.document: Any = jwks()
        self.asked = 0
        self.time = 1000.0
        self.open = asyncio.Event()
        self.open.set()
        self.reached = asyncio.Event()

    async def fetch(self, url: str) -> Any:
        assert url == f"{ISSUER}/.well-known/jwks.json"
        self.asked += 1
        self.reached.set()
        await self.open.wait()
        if isinstance(self.document, Exception):
            raise self.document
        return self.document

    def keys(self) -> Keys:
        return Keys(
            f"{ISSUER}/.well-known/jwks.json", fetch=self.fetch, clock=lambda: self.time
        )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def identity(issuer: Issuer) -> Identity:
    return Identity(settings_of({"FANFOLD_ADMINS": "user_boss"}), issuer.keys())


def request(body: bytes = b"", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request("POST", "/", named, body)


async def who(identity: Identity, asked: Request, now: float = AT) -> Caller:
    return await identity.caller(asked, function="thing-do", target="/?a=b", now=now)


async def whose(identity: Identity, token: str, now: float = AT) -> Caller:
    return await who(identity, request(authorization=f"Bearer {token}"), now)


async def test_caller_without_proof_is_a_visitor(identity: Identity) -> None:
    asked = request(x_user_id="user_1", x_role="admin", cookie="__session=x")
    assert await who(identity, asked) == Caller("", Role.VISITOR)


@pytest.mark.parametrize(
    ("role", "given"),
    [
        (None, Role.MEMBER),
        ("member", Role.MEMBER),
        ("admin", Role.ADMIN),
        ("service", Role.MEMBER),
        ("Admin", Role.MEMBER),
        (["admin"], Role.MEMBER),
        (7, Role.MEMBER),
    ],
)
async def test_role_of_a_token_is_member_or_admin(
    identity: Identity, role: Any, given: Role
) -> None:
    assert await whose(identity, session_token(role=role)) == Caller("user_1", given)


async def test_member_whom_the_settings_name_is_an_admin(identity: Identity) -> None:
    assert await whose(identity, session_token("user_boss")) == Caller("user_boss", Role.ADMIN)


async def test_scheme_is_read_in_any_case(identity: Identity) -> None:
    asked = request(authorization=f"bearer {session_token()}")
    assert (await who(identity, asked)).id == "user_1"


async def test_token_without_a_party_is_accepted(identity: Identity) -> None:
    assert (await whose(identity, session_token(azp=None))).id == "user_1"


@pytest.mark.parametrize("late", [59, 64])
async def test_token_holds_until_its_end_and_5_s_more(identity: Identity, late: int) -> None:
    assert (await whose(identity, session_token(), AT + late)).id == "user_1"


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"exp": AT - 5}, "expired 5 s ago"),
        ({"exp": float("nan")}, "expired"),
        ({"nbf": AT + 6}, "not valid yet"),
        ({"iat": AT + 6}, "not valid yet"),
        ({"exp": None}, "exp is required"),
        ({"nbf": None}, "nbf is required"),
        ({"iat": None}, "iat is required"),
        ({"sub": None}, "sub is required"),
        ({"sid": None}, "sid is required"),
        ({"sid": ""}, "must name its member and session"),
        ({"exp": "tomorrow"}, "exp must be float, got str"),
        ({"azp": "https://evil.test"}, "made for a site of ours, got 'https://evil.test'"),
        ({"azp": ""}, "made for a site of ours"),
        ({"iss": "https://evil.test"}, "a JWT of https://clerk.test signed with RS256"),
        ({"iss": None}, "a JWT of https://clerk.test signed with RS256"),
        ({"aud": "somebody"}, "a JWT of https://clerk.test signed with RS256"),
    ],
)
async def test_token_that_says_otherwise_is_refused(
    identity: Identity, claims: dict[str, Any], detail: str
) -> None:
    with pytest.raises(Unauthenticated, match=detail):
        await whose(identity, session_token(**claims))


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


def forged() -> dict[str, str]:
    """Tokens that only look like the issuer's."""
    head, claims, signature = session_token().split(".")
    public = jwks()["keys"][0]["n"]
    plain = f"{part({'alg': 'HS256', 'kid': 'ins_test'})}.{claims}"
    mac = hmac.new(public.encode(), plain.encode(), hashlib.sha256).digest()
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    said = jwt.decode(session_token(), options={"verify_signature": False})
    return {
        "empty": "",
        "no token": "abc",
        "two parts": f"{head}.{claims}",
        "alg none": f"{part({'alg': 'none', 'kid': 'ins_test'})}.{claims}.",
        "alg HS256 with the public key": (
            f"{plain}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        ),
        "alg RS512": jwt.encode(said, stranger, "RS512", headers={"kid": "ins_test"}),
        "another key": jwt.encode(said, stranger, "RS256", headers={"kid": "ins_test"}),
        "other claims": f"{head}.{part({**said, 'sub': 'user_boss'})}.{signature}",
        "no kid": jwt.encode(said, stranger, "RS256"),
        "kid of a stranger": jwt.encode(said, stranger, "RS256", headers={"kid": "theirs"}),
        "kid of another type": f"{part({'alg': 'RS256', 'kid': 7})}.{claims}.{signature}",
        "two tokens": f"{session_token()}, Bearer {session_token('user_boss')}",
    }


@pytest.mark.parametrize("name", forged())
async def test_forged_token_is_refused(identity: Identity, name: str) -> None:
    with pytest.raises(Unauthenticated, match="session token must"):
        await whose(identity, forged()[name])


@pytest.mark.parametrize("authorization", ["", "Basic dTpw", "Token x"])
async def test_other_credentials_are_refused(identity: Identity, authorization: str) -> None:
    with pytest.raises(Unauthenticated, match="authorization must be Bearer"):
        await who(identity, request(authorization=authorization))


async def test_token_is_verified_once_and_remembered_until_its_end(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = session_token()
    caller = await whose(identity, token)
    with monkeypatch.context() as patched:
        patched.setattr(jwt, "decode", None)
        assert await whose(identity, token, AT + 59) == caller
    with pytest.raises(Unauthenticated, match="expired"):
        await whose(identity, token, AT + 66)


async def test_remembered_tokens_are_bounded(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.identity._REMEMBERED", 2)
    for number in range(4):
        await whose(identity, session_token(f"user_{number}"))
    assert len(identity._verified) == 2


async def test_keys_are_fetched_once(identity: Identity, issuer: Issuer) -> None:
    for number in range(3):
        await whose(identity, session_token(f"user_{number}"))
    assert issuer.asked == 1


async def test_calls_wait_for_the_keys_that_another_fetches(
    identity: Identity, issuer: Issuer
) -> None:
    issuer.open.clear()
    first = asyncio.create_task(whose(identity, session_token("user_1")))
    await issuer.reached.wait()
    second = asyncio.create_task(whose(identity, session_token("user_2")))
    await asyncio.sleep(0)
    issuer.open.set()
    assert [(await first).id, (await second).id] == ["user_1", "user_2"]
    assert issuer.asked == 1


async def test_new_key_is_looked_up_at_most_every_30_s(
    identity: Identity, issuer: Issuer
) -> None:
    await whose(identity, session_token())
    issuer.document = {"keys": [*jwks()["keys"], *jwks("ins_new")["keys"]]}
    issuer.time += 29
    with pytest.raises(Unauthenticated, match="signed with a key of its issuer"):
        await whose(identity, session_token(kid="ins_new"))
    issuer.time += 1
    assert (await whose(identity, session_token(kid="ins_new"))).id == "user_1"
    assert issuer.asked == 2


async def test_withdrawn_key_is_forgotten_within_an_hour(
    identity: Identity, issuer: Issuer
) -> None:
    await whose(identity, session_token())
    issuer.document = jwks("ins_new")
    issuer.time += 3600
    with pytest.raises(Unauthenticated):
        await whose(identity, session_token("user_2"))


@pytest.mark.parametrize(
    "answer",
    [
        OSError("refused"),
        TimeoutError(),
        ValueError("no JSON"),
        {},
        [],
        {"keys": [{"kty": "RSA"}]},
        {"keys": [{"kty": "RSA", "kid": "ins_test", "n": "!", "e": "AQAB"}]},
    ],
)
async def test_issuer_without_keys_makes_members_unavailable(
    identity: Identity, issuer: Issuer, answer: Any
) -> None:
    issuer.document = answer
    with pytest.raises(Unavailable) as raised:
        await whose(identity, session_token())
    assert raised.value.retry_after == 2
    assert await who(identity, request()) == Caller("", Role.VISITOR)


async def test_issuer_that_came_back_is_asked_after_2_s(
    identity: Identity, issuer: Issuer
) -> None:
    published, issuer.document = issuer.document, OSError("refused")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await whose(identity, session_token())
    assert issuer.asked == 1
    issuer.document = published
    issuer.time += 2
    assert (await whose(identity, session_token())).id == "user_1"


async def test_known_keys_outlive_the_issuer(identity: Identity, issuer: Issuer) -> None:
    await whose(identity, session_token())
    issuer.document = OSError("refused")
    issuer.time += 4000
    assert (await whose(identity, session_token("user_2"))).id == "user_2"


async def test_issuer_that_is_not_set_is_named() -> None:
    with pytest.raises(ConfigurationError, match="CLERK_ISSUER"):
        await whose(
            Identity(settings_of({"CLERK_ISSUER": ""}), Issuer().keys()), session_token()
        )


async def test_signed_call_is_the_platform_s(identity: Identity) -> None:
    signature = signing.sign(MASTER, "thing-do", "/?a=b", b"{}", int(AT))
    asked = request(b"{}", fanfold_signature=signature)
    assert await who(identity, asked) == Caller("service", Role.SERVICE)


async def test_signature_that_does_not_hold_never_falls_back(identity: Identity) -> None:
    signature = signing.sign(MASTER, "thing-do", "/", b"{}", int(AT))
    token = f"Bearer {session_token()}"
    with pytest.raises(Forbidden):
        await who(identity, request(b"{}", fanfold_signature=signature, authorization=token))
    with pytest.raises(Unauthenticated):
        await who(identity, request(b"{}", fanfold_signature="", authorization=token))
