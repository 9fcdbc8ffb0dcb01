"""What the store gives, as messages."""

from collections.abc import Sequence
from typing import Any

import msgspec
from google.protobuf.message import Message

from functions.event.model import (
    Cause,
    Conflicting,
    DeadLetter,
    Decided,
    Deed,
    History,
    Run,
    State,
    StoredEvent,
)
from functions.event.model import Stats as Standing
from proto.stream.v1 import stream_pb2 as pb
from shared.pages import Page

_STATE = "DEAD_LETTER_STATE_"


def _alike(message: type[Message], *shaped: str) -> list[str]:
    """Name what a message has as the store has it: all but what has another form."""
    return [name for name in message.DESCRIPTOR.fields_by_name if name not in shaped]


_EVENT = _alike(pb.Event, "data")
_LETTER = _alike(pb.DeadLetter, "event", "raw", "state")
_CAUSE = _alike(pb.Cause)
_RUN = _alike(pb.Run)
_DEED = _alike(pb.Action, "caller", "action")
_CONFLICT = _alike(pb.Conflict, "event")


def event(found: StoredEvent) -> pb.Event:
    return pb.Event(data=_json(found.data), **_fields(found, _EVENT))


def events(page: Page[StoredEvent]) -> pb.ListResponse:
    return pb.ListResponse(events=map(event, page.items), next=page.next or "")


def letter(found: DeadLetter) -> pb.DeadLetter:
    made = pb.DeadLetter(state=_STATE + found.state.name, **_fields(found, _LETTER))
    if found.raw is None:
        made.event = _json(found.event)
    else:
        made.raw = found.raw
    return made


def letters(page: Page[DeadLetter]) -> pb.ListDeadLettersResponse:
    found = map(letter, page.items)
    return pb.ListDeadLettersResponse(dead_letters=found, next=page.next or "")


def causes(page: Page[Cause]) -> pb.ListCausesResponse:
    found = [pb.Cause(**_fields(one, _CAUSE)) for one in page.items]
    return pb.ListCausesResponse(causes=found, next=page.next or "")


def history(found: History) -> pb.DeadLetterHistory:
    return pb.DeadLetterHistory(
        dead_letter=letter(found.letter),
        original=found.original,
        actions=[
            pb.Action(at=one.at, caller=one.caller, action=one.action, why=one.why)
            for one in found.actions
        ],
    )


def run(found: Run) -> pb.Run:
    return pb.Run(**_fields(found, _RUN))


def runs(page: Page[Run]) -> pb.ListRunsResponse:
    return pb.ListRunsResponse(runs=map(run, page.items), next=page.next or "")


def deeds(page: Page[Deed]) -> pb.ListActionsResponse:
    found = [
        pb.Action(caller=one.who, action=one.what, **_fields(one, _DEED)) for one in page.items
    ]
    return pb.ListActionsResponse(actions=found, next=page.next or "")


def conflicts(page: Page[Conflicting]) -> pb.ListConflictsResponse:
    found = [
        pb.Conflict(
            event=_json(one.envelope) if one.envelope else "", **_fields(one, _CONFLICT)
        )
        for one in page.items
    ]
    return pb.ListConflictsResponse(conflicts=found, next=page.next or "")


def decision(decided: Decided) -> pb.Decision:
    return pb.Decision(changed=decided.changed, unchanged=decided.unchanged)


def stats(found: Standing, subscribers: int) -> pb.StatsResponse:
    return pb.StatsResponse(
        total=found.total,
        by_type=found.by_type,
        per_minute=found.per_minute,
        lag=found.lag,
        dead_letters_waiting=found.dead_letters.waiting,
        dead_letters_by_function=found.dead_letters.by_function,
        conflicts=found.conflicts,
        subscribers=subscribers,
    )


def state(value: "pb.DeadLetterState") -> State | None:
    """Read a state; None is any."""
    name = pb.DeadLetterState.Name(value).removeprefix(_STATE)
    return None if name == "UNSPECIFIED" else State[name]


def _fields(found: object, names: Sequence[str]) -> dict[str, Any]:
    """Give the fields that say something: a message has no None."""
    return {name: value for name in names if (value := getattr(found, name, None)) is not None}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
