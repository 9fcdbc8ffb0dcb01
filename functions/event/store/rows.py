"""Rows of events and dead letters to entities, and back."""

from collections.abc import Sequence
from typing import Any

import msgspec

from functions.event.model import DeadLetter, State, StoredEvent
from shared.databases.postgres import Row
from shared.errors import Invalid
from shared.events import Event

EVENT = """sequence, id, type, source, subject, revision, time, dataschema, correlationid,
    causationid, traceparent, data, recorded_at"""
# What of an event is written as it is, in the order of the statements.
_ATTRIBUTES = (
    "id", "type", "source", "subject", "revision", "time", "dataschema", "correlationid",
    "causationid", "traceparent",
)  # fmt: skip


def event_of(row: Row) -> StoredEvent:
    return StoredEvent(**{**row, "data": msgspec.json.decode(row["data"])})


def event_columns(events: Sequence[Event]) -> list[list[Any]]:
    """Give the columns of several events, for `unnest`."""
    columns = [[getattr(event, name) for event in events] for name in _ATTRIBUTES]
    return [*columns, [msgspec.json.encode(event.data).decode() for event in events]]


def letter_of(row: Row) -> DeadLetter:
    fields = {name: value for name, value in row.items() if name not in {"body", "state"}}
    body: bytes = row["body"]
    try:
        Event.decode(body)
        fields["event"] = msgspec.json.decode(body)
    except Invalid:
        fields["raw"] = body.decode(errors="backslashreplace")
    return DeadLetter(**fields, state=State(row["state"]))


def letter_values(letter: DeadLetter) -> tuple[object, ...]:
    key = (letter.id, letter.event_id, letter.function, letter.type)
    failure = (letter.reason, letter.attempts, letter.last_status, letter.last_error)
    return *key, *failure, letter.first_failed_at, letter.last_failed_at, letter.traceparent
