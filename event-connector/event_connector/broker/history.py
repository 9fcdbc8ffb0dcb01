"""Read what the event store holds, page by page, and put it in order."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from event_connector.calls.invoker import Invoker
from event_connector.deployed.topics import EVENT_LIST, Subscription
from shared.events import Event

PAGE = 200
# More than one connector has of the event store's queue in hand: so far apart may events of one
# aggregate have been kept the wrong way round.
WINDOW = 1000
# What event-list takes as `type`.
_ASKABLE = re.compile(r"[A-Za-z0-9_.*#,-]{1,1000}")
# What is told of an answer that is no page.
LONGEST = 300


class Stored(msgspec.Struct, frozen=True):
    """An event as event-list gives it."""

    sequence: int
    id: str
    type: str
    source: str
    subject: str
    time: datetime
    dataschema: str
    data: dict[str, Any]
    revision: int | None = None
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""

    def event(self) -> Event:
        return Event(**{name: getattr(self, name) for name in self.__struct_fields__[1:]})


class Page(msgspec.Struct, frozen=True):
    """A page that is short, or has no items at all, is not the last while it has a `next`."""

    items: list[Stored]
    next: str | None = None


@dataclass(slots=True)
class Progress:
    """How far one queue has been filled: what is not to be read or published again.

    `cursor` is where a page ended that was not the last, `after` the last event that was read.
    `held` was read and not published yet, since something that belongs before it may follow.
    It is `whole` once nothing is left but to say so, and `done` when that was said.
    """

    after: int = 0
    cursor: str | None = None
    events: int = 0
    held: list[Stored] = field(default_factory=list)
    whole: bool = False
    done: bool = False


class NotListed(Exception):
    """The event store did not list its events."""


async def page(invoker: Invoker, subscription: Subscription, progress: Progress) -> Page:
    """Ask for what follows: for all types where event-list takes no such topics.

    RabbitMQ binds whatever an annotation says.
    """
    asked: dict[str, str | int] = {"after": progress.after, "limit": PAGE}
    if _ASKABLE.fullmatch(topics := ",".join(subscription.patterns)):
        asked["type"] = topics
    if progress.cursor is not None:
        asked["cursor"] = progress.cursor
    answer = await invoker.call(EVENT_LIST, method="GET", query=urlencode(asked))
    if answer.status != 200:
        text = answer.body[:LONGEST].decode(errors="replace").strip()
        raise NotListed(f"{EVENT_LIST} answered {answer.status}: {text}")
    try:
        return msgspec.json.decode(answer.body, type=Page)
    except ValueError as error:
        raise NotListed(f"{EVENT_LIST} answered what is no page of events: {error}") from None


def arranged(events: Sequence[Stored]) -> list[Stored]:
    """Put each aggregate's events in the order of their revisions, in the places they have.

    The log is in the order in which events were kept, and two batches of the event store that
    are under way at a time may be kept the wrong way round.
    """
    ranks: dict[str, list[Stored]] = defaultdict(list)
    for event in events:
        if event.revision is not None:
            ranks[event.subject].append(event)
    turns = {
        subject: iter(sorted(rank, key=lambda event: event.revision or 0))
        for subject, rank in ranks.items()
    }
    return [e if e.revision is None else next(turns[e.subject]) for e in events]


def until(events: Sequence[Stored], last: int) -> list[Stored]:
    """Leave out what was kept after `last`, unless it belongs before something that was not."""
    found: list[Stored] = []
    before: set[str] = set()
    for event in reversed(events):
        if event.sequence <= last or (event.revision is not None and event.subject in before):
            before.add(event.subject)
            found.append(event)
    return found[::-1]
