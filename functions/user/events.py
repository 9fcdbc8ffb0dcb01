"""What members tell the others, and what Clerk tells of members, as messages and entities."""

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from functions.user.model import User, avatar_of, name_of
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.errors import Invalid
from shared.events import Event

T = TypeVar("T")


def user_created(user: User) -> Event:
    return _event(user, UserCreated(**_seen(user)))


def user_updated(user: User) -> Event:
    return _event(user, UserUpdated(**_seen(user)))


def user_deleted(user: User) -> Event:
    return _event(user, UserDeleted(id=user.id))


def _seen(user: User) -> dict[str, str]:
    return {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "avatar": user.avatar,
    }


def _event(user: User, message: UserCreated | UserUpdated | UserDeleted) -> Event:
    subject = f"user/{user.id}"
    return Event.of(message, subject=subject, revision=user.revision, time=user.updated_at)


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


class _Deleted(msgspec.Struct, frozen=True):
    id: str


def webhook(body: bytes) -> Webhook:
    return _decoded(body, Webhook)


def told(news: Webhook) -> User:
    """Read the member out of user.created and user.updated, which carry the same."""
    user = _decoded(news.data, _User)
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
    )


def gone(news: Webhook) -> str:
    """Read the id of who is no longer a member."""
    return _decoded(news.data, _Deleted).id


def _decoded(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the webhook must have the shape of Clerk's: {error}") from error


def _time(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Invalid(f"times must be milliseconds since 1970, got {milliseconds}") from error
