"""Who calls: a member by a session token of Clerk's, the platform by a signature, or nobody."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

import jwt
import msgspec

from shared import log, signing
from shared.context import SERVICE, VISITOR, Caller
from shared.endpoint import Role
from shared.errors import Unauthenticated, Unavailable
from shared.fetching import NotFetched, fetch
from shared.http import Request
from shared.settings import Settings
from shared.wording import worded

Fetch = Callable[[str], Awaitable[Any]]

LEEWAY = 5  # seconds that the issuer's clock may differ from ours
_REFETCH_SECONDS = 30
_STALE_SECONDS = 3600
_RETRY_SECONDS = 2
_FETCH_SECONDS = 2
_REMEMBERED = 1024


class Claims(msgspec.Struct, frozen=True):
    """What a session token must say; times are Unix times."""

    sub: str
    sid: str
    exp: float
    nbf: float
    iat: float
    azp: str | None = None
    role: Any = None


async def fetch_json(url: str) -> Any:  # noqa: ANN401 - the shape is the reader's to check
    """Get a JSON document from outside."""
    return msgspec.json.decode(await fetch(url, _FETCH_SECONDS))


class Keys:
    """The issuer's public keys by their id; an unknown id is looked up once in 30 s."""

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch = fetch_json,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, Any] = {}
        self._fetched = -float("inf")
        self._reachable = False
        self._lock = asyncio.Lock()

    async def find(self, kid: str) -> Any:  # noqa: ANN401 - a key of cryptography's, for PyJWT
        if kid not in self._keys or self._due(kid):
            async with self._lock:  # many calls meet a new key at once: one fetches, all wait
                if self._due(kid):
                    await self._refresh()
        if kid in self._keys:
            return self._keys[kid]
        if not self._reachable:
            raise Unavailable(
                "the keys that verify session tokens cannot be had now", _RETRY_SECONDS
            )
        raise Unauthenticated("session token must be signed with a key of its issuer")

    def _due(self, kid: str) -> bool:
        """Whether to ask again: for a new key soon, for a withdrawn one now and then."""
        if kid in self._keys:
            wait = _STALE_SECONDS
        else:
            wait = _REFETCH_SECONDS if self._reachable else _RETRY_SECONDS
        return self._clock() - self._fetched >= wait

    async def _refresh(self) -> None:
        self._fetched = self._clock()
        try:
            document = await self._fetch(self._url)
            self._keys = {
                key["kid"]: jwt.PyJWK.from_dict(key, algorithm="RS256").key
                for key in document["keys"]
                if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"
            }
            self._reachable = True
        except (NotFetched, OSError, ValueError, KeyError, TypeError) as error:
            self._reachable = False
            log.warning("issuer's keys not fetched", url=self._url, error=repr(error))
        except jwt.PyJWTError as error:
            self._reachable = False
            log.warning("issuer's keys not readable", url=self._url, error=repr(error))


class Identity:
    """Tells a call's caller; what is presented and does not hold is refused, never ignored."""

    def __init__(self, settings: Settings, keys: Keys | None = None) -> None:
        self._settings = settings
        self._keys = keys or Keys(
            settings.clerk_jwks_url
            or f"{settings.clerk_issuer.rstrip('/')}/.well-known/jwks.json"
        )
        self._master = ""
        # A signature costs 100 us to verify; a token is sent with each of its member's calls.
        self._verified: dict[bytes, tuple[float, Caller]] = {}

    async def caller(
        self, request: Request, *, function: str, target: str, now: float
    ) -> Caller:
        """Identify the caller of `function` at `target`, its path with the query."""
        headers: Mapping[str, str] = request.headers
        if (signature := headers.get(signing.HEADER)) is not None:
            self._master = self._master or self._settings.secret("signing-key")
            signing.verify(
                self._master, function, target, request.body, signature=signature, now=now
            )
            return SERVICE
        if (authorization := headers.get("authorization")) is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthenticated(f"authorization must be Bearer, got {scheme[:20]!r}")
            return await self._member(token.strip(), now)
        return VISITOR

    async def _member(self, token: str, now: float) -> Caller:
        digest = sha256(token.encode()).digest()
        if known := self._verified.get(digest):
            if now < known[0]:
                return known[1]
            del self._verified[digest]
        claims = await self._verify(token)
        self._check(claims, now)
        caller = Caller(claims.sub, self._role(claims))
        if len(self._verified) >= _REMEMBERED:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = (claims.exp, caller)
        return caller

    async def _verify(self, token: str) -> Claims:
        """Check signature, algorithm, issuer and shape; times are `_check`'s."""
        self._settings.require("clerk_issuer")
        issuer = self._settings.clerk_issuer
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            if not isinstance(kid, str):
                raise Unauthenticated("session token must name its key (kid)")
            payload = jwt.decode(
                token,
                await self._keys.find(kid),
                algorithms=["RS256"],
                issuer=issuer,
                options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.PyJWTError:
            raise Unauthenticated(
                f"session token must be a JWT of {issuer} signed with RS256"
            ) from None
        try:
            return msgspec.convert(payload, Claims)
        except msgspec.ValidationError as error:
            raise Unauthenticated(f"session token: {worded(error, 'claims')}") from None

    def _check(self, claims: Claims, now: float) -> None:
        # Written so that a NaN, which compares false with everything, is refused.
        if not now < claims.exp + LEEWAY:
            raise Unauthenticated(f"session token expired {now - claims.exp:.0f} s ago")
        if not (claims.nbf <= now + LEEWAY and claims.iat <= now + LEEWAY):
            raise Unauthenticated("session token is not valid yet")
        if not (claims.sub and claims.sid):
            raise Unauthenticated("session token must name its member and session")
        if claims.azp is not None and claims.azp not in self._settings.clerk_authorized_parties:
            raise Unauthenticated(
                f"session token must be made for a site of ours, got {claims.azp!r}"
            )

    def _role(self, claims: Claims) -> Role:
        """Give member or admin; whatever else a token calls itself is a member."""
        if claims.role == Role.ADMIN.value or claims.sub in self._settings.fanfold_admins:
            return Role.ADMIN
        return Role.MEMBER
