"""Classify what came back from an invocation: the one place that gives statuses a meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

_LONGEST = 500
_DEEPEST = 2000  # of a stack, whose end says what happened
# Set by a layer of OpenFaaS when it, and not the function, made the answer.
INTERNAL = "x-openfaas-internal"


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, with lower-case header names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Done:
    """The function has taken the event; of several, all but those that `failed`."""

    failed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Again:
    """The function has done a part and is to be called again at once; that is no attempt."""


@dataclass(frozen=True, slots=True)
class Retry:
    """The attempt failed in a way that time may mend; `after` is the function's own wish."""

    status: int
    error: str
    after: float | None = None
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """What lies between us and the function failed: the event waits, and that is no attempt.

    `reached` tells that the function may have been running: an event that fells its function
    again and again looks like this too. `alone` tells that nothing else was in flight then.
    """

    status: int
    error: str
    after: float | None = None
    reached: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A 404: the function's own answer if it is deployed, the gateway's if it is not."""

    error: str


@dataclass(frozen=True, slots=True)
class Dead:
    """No retry mends this."""

    status: int
    error: str
    stack: str = ""


Outcome = Done | Again | Retry | Platform | Absent | Dead


class _Told(msgspec.Struct):
    """What an answer may say about itself: `again`, or the detail of a problem.

    `stack` is the way to an error that the function did not expect: it tells us alone.
    """

    again: bool = False
    detail: str = ""
    title: str = ""
    stack: str = ""


class _Failures(msgspec.Struct, rename="camel"):
    """What the answer to a batch may say."""

    item_failures: list[str] = []


def classify(
    answer: Answer, codes: frozenset[int], now: datetime, *, batch: bool = False
) -> Outcome:
    """Say what an answer means for the event; `codes` are the statuses to retry."""
    status = answer.status
    after = _after(answer.headers.get("retry-after", ""), now)
    if INTERNAL in answer.headers and not 200 <= status < 300:
        error = _error(answer)
        return Platform(status, error, after, reached=status in {500, 502, 504})
    if 200 <= status < 300:
        if wants_more(answer):
            return Again()
        return _done(answer) if batch else _done_alone(answer)
    if status == 404 and status not in codes:
        return Absent(_error(answer))
    if status in codes:
        return Retry(status, _error(answer), after, _stack(answer))
    return Dead(status, _error(answer), _stack(answer))


def _done(answer: Answer) -> Done | Retry:
    """Read which events of a batch failed; what looks like it and is none fails them all."""
    if "json" not in answer.headers.get("content-type", ""):
        return Done()
    try:
        told = msgspec.json.decode(answer.body, type=_Failures | None)
    except ValueError as error:
        return Retry(answer.status, f"itemFailures must be a list of event ids: {error}")
    return Done(frozenset(told.item_failures)) if told else Done()


def _done_alone(answer: Answer) -> Done:
    """Read what a function that takes batches says of one event; others say what they like."""
    if b"itemFailures" not in answer.body:
        return Done()
    found = _done(answer)
    return found if isinstance(found, Done) else Done()


def of_one(outcome: Outcome, name: str) -> Outcome:
    """Give what became of one event, by the name that the function knows it by."""
    if not isinstance(outcome, Done) or not outcome.failed:
        return outcome
    if name in outcome.failed:
        return Retry(200, "the function named it in itemFailures")
    return Done()


def wants_more(answer: Answer) -> bool:
    """Tell whether the function has done a part, and the rest is for another call."""
    return 200 <= answer.status < 300 and _told(answer).again


def _told(answer: Answer) -> _Told:
    if "json" not in answer.headers.get("content-type", ""):
        return _Told()
    try:
        return msgspec.json.decode(answer.body, type=_Told)
    except ValueError:
        return _Told()


def _error(answer: Answer) -> str:
    told = _told(answer)
    text = told.detail or told.title or answer.body[: 2 * _LONGEST].decode(errors="replace")
    return text.strip()[:_LONGEST]


def _stack(answer: Answer) -> str:
    return _told(answer).stack[-_DEEPEST:]


def _after(text: str, now: datetime) -> float | None:
    """Read Retry-After, which is seconds or a date."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - now).total_seconds())
