"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562)."""

import os
import re
import time
from datetime import UTC, datetime, timedelta

from shared.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def new_id(now: datetime | None = None) -> str:
    """Make an id of this moment, or of `now`.

    The 12 bits after the milliseconds hold their fraction, so that ids made in the same
    millisecond of one process still sort by time.
    """
    micros = (
        time.time_ns() // 1000 if now is None else (now - _EPOCH) // timedelta(microseconds=1)
    )
    millis, rest = divmod(micros, 1000)
    tail = int.from_bytes(os.urandom(8)) & 0x3FFF_FFFF_FFFF_FFFF
    number = millis << 80 | 0x7 << 76 | (rest * 4096 // 1000) << 64 | 0b10 << 62 | tail
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def is_id(text: str) -> bool:
    """Whether `text` is an id of ours, written as we write them."""
    return re.fullmatch(_ID, text) is not None


def ids_of(field: str, listed: str, most: int) -> list[str]:
    """Read ids with commas between them, each once, or say which rule the field breaks.

    Of one id any spelling will do; here the answer is a map, whose keys are the caller's.
    """
    ids = list(dict.fromkeys(listed.split(",")))
    if len(ids) > most:
        raise Invalid(f"{field} must name 1 to {most} ids, got {len(ids)}")
    for one in ids:
        if not is_id(one):
            raise Invalid(
                f"{field} must be ids in lower case with commas between them, got {one[:80]!r}"
            )
    return ids
