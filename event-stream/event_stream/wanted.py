"""What a caller asks for: read from a request, or refused with the rule and the value."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from functions.event.model import BEYOND, Slice, StoredEvent, Topics
from proto.stream.v1.stream_pb2 import (
    ListRequest,
    ReplayRequest,
    ReplayRunRequest,
    SubscribeRequest,
)
from shared.errors import Invalid
from shared.events import Event as Envelope
from shared.filters import Filter

LONGEST_TOPICS = 1000
LONGEST_NAME = 500
LONGEST_FILTER = 10_000
# Events or dead letters a second that a run sends, and how many at most.
RATE = 50
FASTEST = 500
_FUNCTION = re.compile("[a-z0-9-]{1,100}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of the log, and what of it by its content."""

    part: Slice
    filter: Filter | None = None

    def takes(self, event: StoredEvent) -> bool:
        """Tell whether an event of any part of the log is asked for."""
        part = self.part
        return (
            (not part.subject or event.subject == part.subject)
            and part.topics.takes(event.type)
            and self.likes(event)
        )

    def likes(self, event: StoredEvent) -> bool:
        """Tell whether the content of an event of the part is asked for."""
        return self.filter is None or self.filter.takes(_envelope(event))


def subscribed(request: SubscribeRequest) -> Wanted:
    part = Slice(topics=_topics(request.type), subject=text("subject", request.subject))
    return Wanted(part, _filter(request.filter))


def replayed(request: ReplayRequest) -> Wanted:
    return Wanted(sliced(request), _filter(request.filter))


def sliced(request: ReplayRequest | ReplayRunRequest | ListRequest) -> Slice:
    return Slice(
        topics=_topics(request.type),
        subject=text("subject", request.subject),
        # A run keeps its slice, and has no place for this.
        correlation=text("correlation", getattr(request, "correlation", "")),
        after=number("after", request.after, 0, BEYOND),
        before=number("before", request.before, 0, BEYOND) or BEYOND,
        since=moment("since", request.since) if request.HasField("since") else None,
        until=moment("until", request.until) if request.HasField("until") else None,
    )


def number(name: str, value: int, low: int, high: int) -> int:
    if not low <= value <= high:
        raise Invalid(f"{name} must be {low} to {high}, got {value}")
    return value


def limit(value: int, high: int, default: int) -> int:
    """Read the length of a page; 0 is how protobuf says that nothing was said."""
    return number("limit", value, 0, high) or default


def rate(value: int) -> int:
    """Read how many a run may send in a second."""
    return number("rate", value, 0, FASTEST) or RATE


def key(value: str) -> str:
    return text("id", value, 100, least=1)


def why(value: str, *, least: int = 0) -> str:
    return text("why", value, least=least)


def function(value: str) -> str:
    if not _FUNCTION.fullmatch(value):
        raise Invalid(f"function must have 1 to 100 of a-z, 0-9 and -, got {value!r}")
    return value


def text(name: str, value: str, longest: int = LONGEST_NAME, *, least: int = 0) -> str:
    if not least <= len(value) <= longest:
        raise Invalid(f"{name} must have {least} to {longest} characters, got {len(value)}")
    if "\0" in value:
        raise Invalid(f"{name} must not hold the character U+0000")
    return value


def cursor(value: str) -> str | None:
    return text("cursor", value, 200) or None


def moment(name: str, value: Timestamp) -> datetime:
    try:
        return value.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Invalid(f"{name} must be a time of the years 1 to 9999") from None


def _topics(value: str) -> Topics:
    return Topics.parse(text("type", value, LONGEST_TOPICS))


def _filter(value: str) -> Filter | None:
    if not value:
        return None
    try:
        return Filter.read(text("filter", value, LONGEST_FILTER))
    except ValueError as error:
        raise Invalid(f"filter: {error}") from None


def _envelope(event: StoredEvent) -> Envelope:
    names = (name for name in Envelope.__slots__ if name != "replay")
    return Envelope(**{name: getattr(event, name) for name in names})
