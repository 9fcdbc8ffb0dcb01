"""The shape of a Clerk user, and the members of the demo."""

import secrets
from typing import Any

from local.standins.registry import User

# Pen names rather than names of people: nobody is impersonated, and each reads like a byline.
DEMO: tuple[tuple[str, str, str, str, dict[str, str]], ...] = (
    ("user_demoNightEditor", "night-editor", "Night", "Editor", {"role": "admin"}),
    ("user_demoPaperKite", "paper-kite", "Paper", "Kite", {}),
    ("user_demoSlowTide", "slow-tide", "Slow", "Tide", {}),
    ("user_demoFieldNotes", "field-notes", "Field", "Notes", {}),
)

# What an administrator may set through the Backend API, with Clerk's names.
SETTABLE = ("username", "first_name", "last_name", "external_id")
METADATA = ("public_metadata", "private_metadata", "unsafe_metadata")


class Refused(Exception):
    """A change Clerk would refuse, with its code and the parameter it names."""

    def __init__(self, code: str, message: str, parameter: str) -> None:
        super().__init__(message)
        self.code = code
        self.parameter = parameter


def demo_users(avatars: str, now: int) -> list[User]:
    users = []
    for user_id, username, first, last, metadata in DEMO:
        wish = {
            "username": username,
            "first_name": first,
            "last_name": last,
            "email_address": [f"{username}@example.com"],
            "public_metadata": metadata,
        }
        users.append(new_user(wish, now, avatars) | {"id": user_id})
    return users


def new_user(wish: dict[str, Any], now: int, avatars: str) -> User:
    """Make a user as Clerk would; the picture is drawn from the name until one is uploaded."""
    user_id = f"user_{secrets.token_hex(13)}"
    addresses = [
        {
            "id": f"idn_{secrets.token_hex(13)}",
            "object": "email_address",
            "email_address": address,
            "verification": {"status": "verified", "strategy": "admin"},
        }
        for address in wish.get("email_address", [])
    ]
    user: User = {
        "id": user_id,
        "object": "user",
        "username": None,
        "first_name": None,
        "last_name": None,
        "image_url": avatars and f"{avatars}/{wish.get('username') or user_id}.png",
        "has_image": False,
        "primary_email_address_id": addresses[0]["id"] if addresses else None,
        "email_addresses": addresses,
        "phone_numbers": [],
        "external_accounts": [],
        "public_metadata": {},
        "private_metadata": {},
        "unsafe_metadata": {},
        "external_id": None,
        "banned": False,
        "locked": False,
        "last_sign_in_at": None,
        "created_at": now,
        "updated_at": now,
    }
    return changed(user, wish, now) | {"updated_at": now}


def changed(user: User, wish: dict[str, Any], now: int) -> User:
    """Apply what was asked, refusing what Clerk refuses."""
    for field in METADATA:
        if field in wish and not isinstance(wish[field], dict):
            raise Refused("form_param_format_invalid", f"{field} must be an object", field)
    username = wish.get("username")
    if username is not None and not str(username).replace("-", "").replace("_", "").isalnum():
        raise Refused(
            "form_username_invalid_character",
            "username may hold letters, digits, - and _",
            "username",
        )
    fields = {name: wish[name] for name in (*SETTABLE, *METADATA) if name in wish}
    # A change in the same millisecond must still be newer: consumers compare updated_at.
    return user | fields | {"updated_at": max(now, user["updated_at"] + 1)}


def deleted(user: User) -> User:
    """Tell what Clerk tells about a user who is gone."""
    return {
        "id": user["id"],
        "object": "user",
        "deleted": True,
        "external_id": user["external_id"],
    }


def profile(user: User) -> dict[str, str]:
    """Show what the sign-in page of the demo needs."""
    name = " ".join(part for part in (user["first_name"], user["last_name"]) if part)
    return {
        "id": user["id"],
        "name": name or user["username"] or user["id"],
        "avatar": user["image_url"],
        "role": user["public_metadata"].get("role", "member"),
    }
