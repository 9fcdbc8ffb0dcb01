"""Documents of members to entities, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from functions.user.model import User

USERS = "users"


def document_of(user: User) -> dict[str, Any]:
    document = asdict(user)
    document["_id"] = document.pop("id")
    return {**document, "terms": user.terms}


def user_of(document: Mapping[str, Any]) -> User:
    fields = {name: value for name, value in document.items() if name != "terms"}
    return User(id=fields.pop("_id"), **fields)
