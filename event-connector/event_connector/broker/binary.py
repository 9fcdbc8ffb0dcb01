"""Unwrap events that come in binary mode: attributes in the headers, the data in the body.

CloudEvents has no binding of its own for AMQP 0-9-1. What is met are the names of the one for
AMQP 1.0, `cloudEvents:` and `cloudEvents_`, and those of HTTP, `ce-`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.errors import Invalid
from shared.events import Event
from shared.http import media_type

_PREFIXES = ("cloudevents:", "cloudevents_", "ce-", "ce_")
_STRUCTURED = "application/cloudevents"
_NUMBERS = frozenset({"revision"})


def is_attribute(name: str) -> bool:
    return name.lower().startswith(_PREFIXES)


def attributes(kind: str, headers: Mapping[str, Any]) -> dict[str, Any]:
    """Give the attributes of an event in binary mode; none when it is in another.

    The content type decides, then `specversion`, which every event has.
    """
    if kind.strip().lower().startswith(_STRUCTURED):
        return {}
    found = {_name(n): _value(v) for n, v in headers.items() if is_attribute(n)}
    return found if "specversion" in found else {}


def unwrap(kind: str, found: Mapping[str, Any], body: bytes) -> Event:
    """Put attributes and data together; raises Invalid for what is no event."""
    kind = kind or str(found.get("datacontenttype") or "application/json")
    media = media_type(kind)
    if media != "application/json" and not media.endswith("+json"):
        raise Invalid(f"data must be JSON, got {kind!r}")
    try:
        data = msgspec.json.decode(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise Invalid(f"data must be JSON: {error}") from None
    envelope = {n: _number(v) if n in _NUMBERS else v for n, v in found.items()}
    # Written down and read, so that one place says what an event is.
    return Event.decode(msgspec.json.encode({**envelope, "data": data}))


def _name(header: str) -> str:
    lower = header.lower()
    return next(lower.removeprefix(p) for p in _PREFIXES if lower.startswith(p))


def _value(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return value if isinstance(value, str | int | bool) else str(value)


def _number(value: object) -> object:
    """Read a number that stands as text, as in HTTP."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else value
