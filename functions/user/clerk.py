"""Clerk: what it tells of its users, and what it is asked to do with them."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from functions.user.model import Role, User, Walk, avatar_of, name_of
from shared.errors import Conflict, Invalid, NotFound, Unavailable
from shared.fetching import Document, NotFetched, ask
from shared.settings import Settings

T = TypeVar("T")

SECONDS = 5
LONGEST_PAUSE = 300
BROKEN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Webhook(msgspec.Struct, frozen=True):
    """Clerk's envelope; what is inside depends on the type."""

    type: str
    data: msgspec.Raw


class _Address(msgspec.Struct, frozen=True):
    id: str | None
    email_address: str


class _User(msgspec.Struct, frozen=True):
    """Of Clerk's user, what Fanfold keeps; times are milliseconds."""

    id: str
    created_at: int
    updated_at: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    image_url: str | None = None
    primary_email_address_id: str | None = None
    email_addresses: tuple[_Address, ...] = ()
    public_metadata: dict[str, Any] | None = None


class _Identified(msgspec.Struct, frozen=True):
    id: str


class Token(msgspec.Struct, frozen=True):
    """A member's access to another service, as Clerk keeps it; `expires_at` is in seconds."""

    token: str
    scopes: list[str] | None = None
    expires_at: int | None = None


class _Fault(msgspec.Struct, frozen=True):
    message: str = ""
    long_message: str = ""


class _Faults(msgspec.Struct, frozen=True):
    errors: list[_Fault] = []


def webhook(body: bytes) -> Webhook:
    return _decoded(body, Webhook)


def told(news: Webhook) -> User:
    """Read the member out of user.created and user.updated, which carry the same."""
    return _user(_decoded(news.data, _User))


def gone(news: Webhook) -> str:
    """Read the id of who is no longer a member."""
    return _decoded(news.data, _Identified).id


class Clerk:
    """The calls of the Backend API that Fanfold makes, each an HTTP call of its own."""

    def __init__(self, url: str, secret_key: str) -> None:
        self._url = url.rstrip("/")
        self._secret_key = secret_key

    @classmethod
    def of(cls, settings: Settings) -> "Clerk":
        settings.require("clerk_api_url")
        return cls(settings.clerk_api_url, settings.secret("clerk-secret-key"))

    async def create(self, fields: Mapping[str, Any]) -> str:
        """Make a user, who signs in by a code that the address receives; give the id."""
        wish = {**fields, "skip_password_requirement": True}
        return (await self._ask("POST", "/v1/users", wish, _Identified)).id

    async def update(self, user_id: str, fields: Mapping[str, Any]) -> None:
        await self._ask("PATCH", f"/v1/users/{user_id}", fields, _Identified)

    async def delete(self, user_id: str) -> None:
        await self._ask("DELETE", f"/v1/users/{user_id}", None, _Identified)

    async def set_role(self, user_id: str, role: Role) -> None:
        """Merge the role into the metadata; a member has none there, like anybody new."""
        wish = {"public_metadata": {"role": role if role == "admin" else None}}
        await self._ask("PATCH", f"/v1/users/{user_id}/metadata", wish, _Identified)

    async def tokens(self, user_id: str, provider: str) -> list[Token]:
        path = f"/v1/users/{user_id}/oauth_access_tokens/oauth_{provider}"
        return await self._ask("GET", path, None, list[Token])

    async def walk(self, place: Walk, limit: int) -> list[User]:
        """Give the users from here on, those made first first."""
        # Whether Clerk means the moment itself is not said: those just passed come once more.
        since = {"created_at_after": place.at - 1} if place.at else {}
        query = {"order_by": "+created_at", "limit": limit, "offset": place.passed, **since}
        return await self._users(query)

    async def among(self, ids: Sequence[str]) -> list[User]:
        """Give those of the users, at most a hundred, whom Clerk knows."""
        return await self._users({"user_id": ids, "limit": len(ids)}) if ids else []

    async def _users(self, query: Mapping[str, Any]) -> list[User]:
        path = f"/v1/users?{urlencode(query, doseq=True)}"
        return [_user(user) for user in await self._ask("GET", path, None, list[_User])]

    async def _ask(
        self, method: str, path: str, wish: Mapping[str, Any] | None, kind: type[T]
    ) -> T:
        headers = {
            "Authorization": f"Bearer {self._secret_key}",
            "Content-Type": "application/json",
            # Clerk's edge refuses clients that do not say what they are.
            "User-Agent": "Fanfold",
        }
        body = b"" if wish is None else msgspec.json.encode(wish)
        try:
            answer = await ask(self._url + path, SECONDS, headers, method=method, body=body)
        except NotFetched as error:
            raise Unavailable(f"Clerk does not answer: {error}") from error
        if answer.status >= 300:
            raise _problem(answer)
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except BROKEN as error:
            raise Unavailable("Clerk answered with something else than was asked") from error


def _problem(answer: Document) -> Exception:
    """Turn Clerk's refusal into ours; what it says of a request is said in its own words."""
    said = _said(answer.body) or f"the answer was {answer.status}"
    if answer.status in {400, 413, 422}:
        return Invalid(f"Clerk refused: {said}")
    if answer.status == 404:
        return NotFound(f"Clerk does not find it: {said}")
    if answer.status == 409:
        return Conflict(f"Clerk refused: {said}")
    if answer.status == 429:
        return Unavailable("Clerk takes no more calls for now", _pause(answer.retry_after))
    if answer.status in {401, 402, 403}:
        return Unavailable(f"Clerk does not let this installation do it: {said}", 60)
    return Unavailable(f"Clerk cannot answer for now: {answer.status}", 5)


def _said(body: bytes) -> str:
    try:
        faults = msgspec.json.decode(body, type=_Faults).errors
    except BROKEN:
        return ""
    return "; ".join(fault.long_message or fault.message for fault in faults)[:500]


def _pause(retry_after: str) -> int:
    return min(math.ceil(float(retry_after)), LONGEST_PAUSE) if retry_after.isdecimal() else 5


def _user(user: _User) -> User:
    addresses = {address.id: address.email_address for address in user.email_addresses}
    username = user.username or ""
    return User(
        id=user.id,
        username=username,
        name=name_of(user.id, username, user.first_name or "", user.last_name or ""),
        avatar=avatar_of(user.image_url or ""),
        email=addresses.get(user.primary_email_address_id, ""),
        created_at=_time(user.created_at),
        updated_at=_time(user.updated_at),
        role="admin" if (user.public_metadata or {}).get("role") == "admin" else "member",
    )


def _decoded(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except BROKEN as error:
        raise Invalid(f"the webhook must have the shape of Clerk's: {error}") from error


def _time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Invalid(f"times must be milliseconds since 1970, got {milliseconds}") from error
