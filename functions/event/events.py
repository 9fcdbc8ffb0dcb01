"""What reaches this service: events of all others, and what became of those that failed."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from functions.event.model import UNKNOWN, DeadLetter, Due, Run, StoredEvent
from proto.event.v1.events_pb2 import DeliveryDue
from shared.errors import Invalid
from shared.events import Event, origin
from shared.ids import new_id
from shared.letters import Letter

if TYPE_CHECKING:  # it brings a client library that most calls never need
    from shared.broker import Broker

# Where a retried event goes, and by which key: to the queue of its function alone.
RETURN = "events.return"
DELIVERING = "fn.event-deliver-subscription"


def dead_letter(sent: Letter, now: datetime) -> DeadLetter:
    """Read a failed delivery as the connector tells it; any bytes will do for the body."""
    headers = {name: _text(unquote(value)) for name, value in sent.headers.items()}
    event = _decoded(sent.body)
    last = _time(headers.get("fanfold-last-failed-at", ""), now)
    return DeadLetter(
        id=new_id(now),
        event_id=_text(event.id) if event else f"sha256:{_digest(sent.body)}",
        type=_text(event.type) if event else headers.get("fanfold-origin-key", ""),
        function=headers.get("fanfold-function") or UNKNOWN,
        reason=headers.get("fanfold-reason") or UNKNOWN,
        attempts=_number(headers.get("fanfold-attempt", "")),
        last_status=_number(headers.get("fanfold-last-status", "")),
        last_error=headers.get("fanfold-last-error", ""),
        first_failed_at=_time(headers.get("fanfold-first-failed-at", ""), last),
        last_failed_at=last,
        traceparent=headers.get("traceparent", ""),
        function_version=headers.get("fanfold-function-version", ""),
        retry_of=headers.get("fanfold-retry-of", ""),
        stack=headers.get("fanfold-stack", ""),
    )


def queue_of(function: str) -> str:
    return f"fn.{function}"


def retry_headers(letter: DeadLetter) -> dict[str, str]:
    """Link what is sent again to the dead letter it comes from; its attempts begin anew."""
    headers = {"fanfold-retry-of": letter.id, "fanfold-origin-key": letter.type}
    return headers | ({"traceparent": letter.traceparent} if letter.traceparent else {})


async def tell_due(broker: "Broker", due: Sequence[Due], now: datetime) -> None:
    """Tell whoever delivers of all that is due; when one does not go, none is known to have."""
    told = [delivery_due(one, now) for one in due]
    sending = (broker.publish_raw(RETURN, DELIVERING, e.encode(), {}, e.id) for e in told)
    await asyncio.gather(*sending)


async def tell_again(broker: "Broker", run: Run, found: Sequence[StoredEvent]) -> None:
    """Send events of the log to the function of a replay, which knows them by its id."""
    queue, told = queue_of(run.function), [replayed(event, run.id) for event in found]
    sending = (
        broker.publish_raw(RETURN, queue, e.encode(), replay_headers(e), e.id) for e in told
    )
    await asyncio.gather(*sending)


async def retry(broker: "Broker", letters: Sequence[tuple[DeadLetter, bytes]]) -> None:
    """Send dead letters to their functions once more."""
    sending = (
        broker.publish_raw(
            RETURN, queue_of(letter.function), body, retry_headers(letter), letter.event_id
        )
        for letter, body in letters
    )
    await asyncio.gather(*sending)


def delivery_due(due: Due, now: datetime) -> Event:
    """Tell whoever delivers that it is time, by the number of the attempt."""
    message = DeliveryDue(id=due.delivery, attempt=due.attempt)
    subject = f"delivery/{due.delivery}"
    return Event.of(message, subject=subject, revision=due.attempt, time=now)


def outgoing(event: StoredEvent) -> bytes:
    """Give an event of the log as others read it."""
    return replayed(event, "").encode()


def replay_headers(event: Event) -> dict[str, str]:
    headers = {"fanfold-origin-key": event.type}
    return headers | ({"traceparent": event.traceparent} if event.traceparent else {})


def replayed(event: StoredEvent, replay: str) -> Event:
    """Make an event of the log happen once more, to whoever knows the replay."""
    attributes = {name: getattr(event, name) for name in Event.__slots__ if name != "replay"}
    return Event(**attributes, replay=replay)


def _decoded(body: bytes) -> Event | None:
    try:
        return Event.decode(body)
    except Invalid:
        return None


def _text(value: str) -> str:
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _time(text: str, default: datetime) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return default
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def custom(type_: str, subject: str, data: dict[str, Any], now: datetime) -> Event:
    """Make an event that no schema of ours describes."""
    cause = origin.get()
    return Event(
        id=new_id(now),
        type=type_,
        source="/fanfold/custom",
        subject=subject,
        time=now,
        dataschema="",
        data=data,
        correlationid=cause.correlationid,
        causationid=cause.causationid,
        traceparent=cause.traceparent,
    )
