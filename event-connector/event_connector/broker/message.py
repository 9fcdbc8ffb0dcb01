"""A delivery as the connector sees it, and the headers that travel with an event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote

from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from event_connector.broker import binary
from shared.errors import Invalid
from shared.events import BATCH_TYPE, CONTENT_TYPE, Event
from shared.http import media_type

ATTEMPT = "fanfold-attempt"
FUNCTION = "fanfold-function"
FIRST_FAILED_AT = "fanfold-first-failed-at"
LAST_FAILED_AT = "fanfold-last-failed-at"
LAST_ERROR = "fanfold-last-error"
LAST_STATUS = "fanfold-last-status"
REASON = "fanfold-reason"
ORIGIN_KEY = "fanfold-origin-key"
RETRY_OF = "fanfold-retry-of"
VERSION = "fanfold-function-version"
STACK = "fanfold-stack"
# Its value counts the times that the event has felled its function alone.
SUSPECT = "fanfold-suspect"
EXHAUSTED = "broker: delivery_limit"
TRACES = ("traceparent", "tracestate")

# What a call carries at most, and what the store of dead letters takes.
LARGEST = 16 * 1024 * 1024
# RabbitMQ closes the connection over headers that fill a frame of 128 KiB, so foreign ones are
# left out of a copy when there are too many, and a value of ours is cut.
MOST_HEADERS = 32 * 1024
LONGEST_VALUE = 2_000

_OURS = "fanfold-"
_TOKEN = re.compile(r"[a-z0-9-]+")
_PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "%")


class Unsettled(Exception):
    """The message is not settled here: the broker hands it to whoever consumes next."""


@dataclass(frozen=True, slots=True)
class Message:
    """Body and properties of one message; headers are text, the broker's own are left out."""

    body: bytes
    headers: Mapping[str, str]
    key: str
    tag: int = 0
    id: str = ""
    content_type: str = ""
    event: Event | None = None
    malformed: str = ""

    @classmethod
    def of(cls, delivered: DeliveredMessage) -> Self:
        properties = delivered.header.properties
        found: Mapping[str, Any] = properties.headers or {}
        headers = {n: _text(v) for n, v in found.items() if not n.startswith("x-")}
        if REASON not in headers and (death := _death(found)):
            headers |= death
        kind, body = properties.content_type or "", delivered.body
        event: Event | None = None
        malformed = ""
        try:
            event, unwrapped = _read(kind, found, body)
        except Invalid as error:
            malformed = str(error)
        else:
            if unwrapped:
                headers = {n: v for n, v in headers.items() if not binary.is_attribute(n)}
                kind, body = CONTENT_TYPE, event.encode()
        return cls(
            body=body,
            headers=headers,
            key=delivered.routing_key or "",
            tag=delivered.delivery_tag or 0,
            id=properties.message_id or (event.id if event else ""),
            content_type=kind,
            event=event,
            malformed=malformed,
        )

    @property
    def attempts(self) -> int:
        """Count the attempts that were made before this delivery."""
        return count(self.headers.get(ATTEMPT, ""))

    @property
    def falls(self) -> int | None:
        """Count its function's falls that it is to blame for; None when it is no suspect."""
        text = self.headers.get(SUSPECT)
        return None if text is None else count(text)

    @property
    def exhausted(self) -> bool:
        """Tell that RabbitMQ has given it up, and that it was no suspect before."""
        return self.headers.get(REASON) == EXHAUSTED and self.falls is None

    @property
    def too_large(self) -> bool:
        return len(self.body) > LARGEST

    @property
    def origin_key(self) -> str:
        """Give the key it was first published with: behind a tier the key names the queue."""
        return self.headers.get(ORIGIN_KEY) or (self.event.type if self.event else self.key)

    def after(self, failure: "Failure") -> Self:
        """Give the message as it is after a failed attempt in its place."""
        return replace(self, headers={**self.headers, **failure.headers(self)})

    def properties(self, changes: Mapping[str, str]) -> Basic.Properties:
        """Make the properties of a copy that carries `changes` on."""
        headers: dict[str, Any] = {**self.headers, ORIGIN_KEY: self.origin_key, **changes}
        if sum(len(n) + 4 * len(v) for n, v in headers.items()) > MOST_HEADERS:
            headers = {
                n: v[:LONGEST_VALUE]
                for n, v in headers.items()
                if n.startswith(_OURS) or n in TRACES
            }
        return Basic.Properties(
            content_type=self.content_type or None,
            delivery_mode=2,
            headers=headers,
            message_id=self.id or None,
        )

    def request_headers(self) -> dict[str, str]:
        """Give what a function receives as HTTP headers."""
        headers = self.event.headers() if self.event else {}
        headers |= {
            name: quote(value[:LONGEST_VALUE], safe=_PRINTABLE)
            for name, value in self.headers.items()
            if _TOKEN.fullmatch(name) and (name.startswith(_OURS) or name in TRACES)
        }
        if self.event and self.event.traceparent:
            headers.setdefault("traceparent", quote(self.event.traceparent, safe=_PRINTABLE))
        headers["content-type"] = (
            CONTENT_TYPE if self.event else quote(self.content_type, safe=_PRINTABLE)
        ) or "application/octet-stream"
        return headers


def _read(kind: str, headers: Mapping[str, Any], body: bytes) -> tuple[Event, bool]:
    """Read an event; tells whether it came in binary mode."""
    if len(body) > LARGEST:
        raise Invalid(f"a call carries at most {LARGEST} bytes, got {len(body)}")
    if attributes := binary.attributes(kind, headers):
        return binary.unwrap(kind, attributes, body), True
    return _decode(kind, body), False


def _decode(kind: str, body: bytes) -> Event:
    if media_type(kind) == BATCH_TYPE:
        raise Invalid(f"a message is one event, and {BATCH_TYPE} may be any number")
    return Event.decode(body)


def count(text: str) -> int:
    """Read a header that counts; whatever else stands there counts nothing."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def moment(at: float) -> str:
    """Write a Unix time as headers tell it."""
    written = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _death(headers: Mapping[str, Any]) -> dict[str, str]:
    """Say for whom and why the broker itself dead-lettered, which it notes in a table only."""
    match headers.get("x-death"):
        case [{"queue": queue, "reason": reason}, *_]:
            queue, reason = _text(queue), _text(reason)
        case _:  # none, or something that a publisher has invented
            return {}
    if not queue.startswith("fn.") or reason == "expired":
        return {}
    return {FUNCTION: queue.removeprefix("fn."), REASON: f"broker: {reason}"}


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt, as it is told to whoever reads the message next."""

    function: str
    attempt: int
    status: int
    error: str
    at: str
    stack: str = ""

    def headers(self, message: Message) -> dict[str, str]:
        return {
            FUNCTION: self.function,
            ATTEMPT: str(self.attempt),
            FIRST_FAILED_AT: message.headers.get(FIRST_FAILED_AT, self.at),
            LAST_FAILED_AT: self.at,
            LAST_STATUS: str(self.status),
            LAST_ERROR: self.error,
        }
