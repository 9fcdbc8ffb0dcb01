"""What an auditor asks for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What somebody did, to what, and why: `count` says how many things `target` stands for."""

    id: int
    at: datetime
    who: str
    what: str
    target: str
    why: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicting:
    """An event that claims a revision of its subject which `kept_id` has: kept apart.

    `envelope` is empty once the member whom it concerned is gone.
    """

    id: str
    subject: str
    revision: int
    kept_id: str
    envelope: dict[str, Any]
    noticed_at: datetime
