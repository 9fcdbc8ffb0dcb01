"""What members tell the others: entities to messages."""

from functions.user.model import User
from proto.user.v1.events_pb2 import UserCreated, UserDeleted, UserUpdated
from shared.events import Event


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
