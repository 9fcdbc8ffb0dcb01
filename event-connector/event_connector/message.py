"""A delivery as the connector sees it, and the headers that travel with an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from shared.errors import Invalid
from shared.events import CONTENT_TYPE, Event

ATTEMPT = "fanfold-attempt"
FUNCTION = "fanfold-function"
FIRST_FAILED_AT = "fanfold-first-failed-at"
LAST_FAILED_AT = "fanfold-last-failed-at"
LAST_ERROR = "fanfold-last-error"
LAST_STATUS = "fanfold-last-status"
REASON = "fanfold-reason"
ORIGIN_KEY = "fanfold-origin-key"
TRACES = ("traceparent", "tracestate")

_OURS = "fanfold-"
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
        event, malformed = _decode(delivered.body)
        return cls(
            body=delivered.body,
            headers=headers,
            key=delivered.routing_key or "",
            tag=delivered.delivery_tag or 0,
            id=properties.message_id or "",
            content_type=properties.content_type or "",
            event=event,
            malformed=malformed,
        )

    @property
    def attempts(self) -> int:
        """Count the attempts that were made before this delivery."""
        text = self.headers.get(ATTEMPT, "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def origin_key(self) -> str:
        """Give the key it was first published with: behind a tier the key names the queue."""
        return self.headers.get(ORIGIN_KEY) or (self.event.type if self.event else self.key)

    def properties(self, changes: Mapping[str, str]) -> Basic.Properties:
        """Make the properties of a copy that carries `changes` on."""
        headers: dict[str, Any] = {**self.headers, ORIGIN_KEY: self.origin_key, **changes}
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
            name: quote(value, safe=_PRINTABLE)
            for name, value in self.headers.items()
            if name.startswith(_OURS) or name in TRACES
        }
        if self.event and self.event.traceparent:
            headers.setdefault("traceparent", quote(self.event.traceparent, safe=_PRINTABLE))
        headers["content-type"] = (
            CONTENT_TYPE if self.event else quote(self.content_type, safe=_PRINTABLE)
        ) or "application/octet-stream"
        return headers


def _decode(body: bytes) -> tuple[Event | None, str]:
    try:
        return Event.decode(body), ""
    except Invalid as error:
        return None, str(error)


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

    def headers(self, message: Message) -> dict[str, str]:
        return {
            FUNCTION: self.function,
            ATTEMPT: str(self.attempt),
            FIRST_FAILED_AT: message.headers.get(FIRST_FAILED_AT, self.at),
            LAST_FAILED_AT: self.at,
            LAST_STATUS: str(self.status),
            LAST_ERROR: self.error,
        }
