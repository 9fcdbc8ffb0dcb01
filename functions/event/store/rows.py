"""Rows of events and dead letters to entities, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from functions.event.model import DeadLetter, Kind, Phase, Run, State, StoredEvent
from shared.databases.postgres import Row
from shared.errors import Invalid
from shared.events import Event
from shared.pages import decode_cursor, encode_cursor

EVENT = """sequence, id, type, source, subject, revision, time, dataschema, correlationid,
    causationid, traceparent, data, recorded_at"""
# What of an event is written as it is, in the order of the statements.
_ATTRIBUTES = (
    "id", "type", "source", "subject", "revision", "time", "dataschema", "correlationid",
    "causationid", "traceparent",
)  # fmt: skip

NEWEST = (datetime.max.replace(tzinfo=UTC), "")


def place_of(cursor: str | None) -> tuple[datetime, str]:
    """Give the time and id after which a list goes on, newest first."""
    if cursor is None:
        return NEWEST
    at, last = decode_cursor(cursor, 2, types=(datetime, str))
    return at, last


def next_of(rows: Sequence[Row], limit: int, time: str) -> str | None:
    """Give the cursor of the next page, whose first row was read with this one."""
    last = rows[limit - 1] if len(rows) > limit else None
    return encode_cursor(last[time], last["id"]) if last else None


def event_of(row: Row) -> StoredEvent:
    return StoredEvent(**{**row, "data": msgspec.json.decode(row["data"])})


def event_columns(events: Sequence[Event]) -> list[list[Any]]:
    """Give the columns of several events, for `unnest`."""
    columns = [[getattr(event, name) for event in events] for name in _ATTRIBUTES]
    return [*columns, [msgspec.json.encode(event.data).decode() for event in events]]


def run_of(row: Row) -> Run:
    fields = {name: row[name] for name in Run.__slots__}
    return Run(**fields | {"kind": Kind(row["kind"]), "state": Phase(row["state"])})


def letter_of(row: Row) -> DeadLetter:
    fields = {name: row[name] for name in DeadLetter.__slots__ if name in row}
    body = sent(row)
    try:
        Event.decode(body)
        fields["event"] = msgspec.json.decode(body)
    except Invalid:
        fields["raw"] = readable(body)
    return DeadLetter(**fields | {"state": State(row["state"])})


def sent(row: Row) -> bytes:
    """Give what a retry of the letter sends."""
    body: bytes = row["body"] if row["edited"] is None else row["edited"]
    return body


def readable(body: bytes) -> str:
    return body.decode(errors="backslashreplace")


def letter_values(letter: DeadLetter) -> tuple[object, ...]:
    key = (letter.id, letter.event_id, letter.function, letter.type)
    failure = (letter.reason, letter.attempts, letter.last_status, letter.last_error)
    times = (letter.first_failed_at, letter.last_failed_at)
    more = (letter.traceparent, letter.function_version, letter.retry_of, letter.stack)
    return *key, *failure, *times, *more
