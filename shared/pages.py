"""Lists come in pages; a cursor says where the next one begins, and only we can read it."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import msgspec

from shared.errors import Invalid

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """One page: `next` is the cursor of the following one, None on the last."""

    items: list[T]
    next: str | None = None


def encode_cursor(*values: str | float | datetime) -> str:
    """Make the cursor of a place in an order: the sort values of the last item of this page."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def decode_cursor(cursor: str, n: int, *, types: tuple[type, ...] = ()) -> list[Any]:
    """Read the `n` values of a cursor: strings and numbers, or what `types` names one by one.

    `types=(datetime, str)` gives times back as times, and spares a store the check.
    """
    try:
        values = msgspec.json.decode(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True),
            type=list[str | int | float],
        )
        if len(values) == n:
            read = types or (str | int | float,) * n
            return [_read(value, kind) for value, kind in zip(values, read, strict=True)]
    except (binascii.Error, ValueError, OverflowError):  # msgspec's errors are ValueErrors
        pass
    raise Invalid(f"cursor must be the `next` of an earlier page, got {cursor[:80]!r}")


def _read(value: str | float, kind: Any) -> Any:  # noqa: ANN401 - what a store has asked for
    """Give the value as `kind`, or say that it is none which a database of ours takes."""
    if isinstance(value, str) and "\0" in value:
        raise ValueError("no text of ours holds U+0000")
    found = msgspec.convert(value, type=kind)
    if isinstance(found, datetime):
        if found.tzinfo is None:
            raise ValueError("a time without a zone is no moment")
        return found.astimezone(UTC)  # overflows where UTC has no such moment
    return found
