"""The shape of a Clerk user, and the members of the demo."""

import re
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

# Who of them signs in with what other service.
CONNECTED = {"user_demoPaperKite": "oauth_github"}

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
        user = new_user(wish, now, avatars) | {"id": user_id}
        if provider := CONNECTED.get(user_id):
            account = {
                "object": "external_account",
                "id": f"eac_{user_id}",
                "provider": provider,
                "approved_scopes": "read:user user:email",
            }
            user |= {"external_accounts": [account]}
        users.append(user)
    return users


def new_user(wish: dict[str, Any], now: int, avatars: str) -> User:
    """Make a user as Clerk would; the picture is drawn from the name until one is uploaded."""
    user_id = f"user_{secrets.token_hex(13)}"
    for address in wish.get("email_address", []):
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", str(address)):
            raise Refused(
                "form_param_format_invalid", f"{address} is no e-mail address", "email_address"
            )
    emails = [
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
        "primary_email_address_id": emails[0]["id"] if emails else None,
        "email_addresses": emails,
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


def merged(user: User, wish: dict[str, Any]) -> dict[str, Any]:
    """Give each metadata that the wish names as it is after the merge."""
    return {field: _merge(user[field], wish[field]) for field in METADATA if field in wish}


def _merge(there: Any, wish: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if not isinstance(wish, dict) or not isinstance(there, dict):
        return wish
    after = there | {name: _merge(there.get(name, {}), value) for name, value in wish.items()}
    return {name: value for name, value in after.items() if value is not None}


def listed(users: list[User], *, ids: list[str], made_after: int, order: str) -> list[User]:
    """Choose and sort users as the list's query asks."""
    found = [
        user
        for user in users
        if (not ids or user["id"] in ids) and user["created_at"] > made_after
    ]
    field = order.lstrip("+- ")
    if field not in {"created_at", "updated_at"}:
        raise Refused(
            "form_param_value_invalid", f"the stand-in sorts not by {field}", "order_by"
        )
    oldest_first = sorted(found, key=lambda user: int(user[field]))
    return oldest_first[::-1] if order.startswith("-") else oldest_first


def tokens(user: User, provider: str) -> list[dict[str, Any]]:
    """Give the tokens of the user's account at the provider; there is at most one."""
    return [
        {
            "object": "oauth_access_token",
            "external_account_id": account["id"],
            "provider": provider,
            "token": f"standin_{secrets.token_hex(20)}",
            "public_metadata": {},
            "label": None,
            "scopes": account["approved_scopes"].split(),
        }
        for account in user["external_accounts"]
        if account["provider"] == provider
    ]


def addresses(user: User) -> list[str]:
    return [address["email_address"].lower() for address in user["email_addresses"]]


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
