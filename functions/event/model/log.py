"""The log of events and its rules."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from shared.errors import Invalid

BEYOND = 2**63 - 1  # No sequence is this high.


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """An event at its place in the log."""

    sequence: int
    id: str
    type: str
    source: str
    subject: str
    revision: int | None
    time: datetime
    dataschema: str
    correlationid: str
    causationid: str
    traceparent: str
    data: dict[str, Any]
    recorded_at: datetime


class Keyed(Protocol):
    """What makes an event unique: its id, and its subject's revision when it has one."""

    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def revision(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Key:
    """The key of an event that the log holds."""

    id: str
    subject: str
    revision: int | None


K = TypeVar("K", bound=Keyed)


@dataclass(frozen=True, slots=True)
class Clash(Generic[K]):
    """An event whose place in its subject's history `kept` has already."""

    event: K
    kept: str


@dataclass(frozen=True, slots=True)
class Sorted(Generic[K]):
    """A batch, sorted into what is new, what is known and what cannot be."""

    fresh: tuple[K, ...]
    repeated: tuple[K, ...]
    clashing: tuple[Clash[K], ...]


def sort_out(events: Sequence[K], known: Iterable[Key]) -> Sorted[K]:
    """Sort a batch against the keys of the log that it touches; order is kept."""
    ids: set[str] = set()
    places: dict[tuple[str, int], str] = {}
    for key in known:
        _take(key, ids, places)
    fresh: list[K] = []
    repeated: list[K] = []
    clashing: list[Clash[K]] = []
    for event in events:
        place = _place(event)
        if event.id in ids:
            repeated.append(event)
        elif place in places:
            clashing.append(Clash(event, places[place]))
        else:
            _take(event, ids, places)
            fresh.append(event)
    return Sorted(tuple(fresh), tuple(repeated), tuple(clashing))


def _take(key: Keyed, ids: set[str], places: dict[tuple[str, int], str]) -> None:
    ids.add(key.id)
    if (place := _place(key)) is not None:
        places.setdefault(place, key.id)


def _place(event: Keyed) -> tuple[str, int] | None:
    return None if event.revision is None else (event.subject, event.revision)


@dataclass(frozen=True, slots=True)
class Topics:
    """The event types somebody asks for: `exact` ones, and a `pattern` for wildcards."""

    exact: tuple[str, ...] | None = None
    pattern: str | None = None

    @classmethod
    def parse(cls, text: str) -> "Topics":
        """Read a comma list of topics, `*` for one word and `#` for any number."""
        topics = [topic.strip() for topic in text.split(",") if topic.strip()]
        if not topics or "#" in topics:
            return cls()
        if any(not _is_topic(topic) for topic in topics):
            raise Invalid(f"type must be topics like post.created or like.*, got {text!r}")
        if not any(word in "*#" for topic in topics for word in topic.split(".")):
            return cls(exact=tuple(topics))
        words = {"*": r"\.[^.]*", "#": r"(\.[^.]*)*"}
        # The type is matched behind a dot, so that every word of a topic brings its own.
        ways = ["".join(words.get(w, rf"\.{w}") for w in t.split(".")) for t in topics]
        return cls(pattern=f"^({'|'.join(ways)})$")

    def takes(self, kind: str) -> bool:
        """Tell whether a type is asked for."""
        if self.pattern is not None:
            return re.fullmatch(self.pattern, f".{kind}") is not None
        return self.exact is None or kind in self.exact

    def among(self, types: Iterable[str]) -> "Topics":
        """Name those of the types that are asked for; all of them, if all are."""
        if self.pattern is None:
            return self
        return Topics(exact=tuple(kind for kind in types if self.takes(kind)))


def _is_topic(topic: str) -> bool:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
    return all(word in {"*", "#"} or set(word) <= allowed for word in topic.split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A part of the log: what of it is asked for.

    `after` and `before` are places that are not part of it. `since` and `until` are times at
    which events were kept: by those the log is in order, so that what a slice holds does not
    change when an event arrives late.
    """

    topics: Topics = Topics()
    subject: str = ""
    correlation: str = ""
    after: int = 0
    before: int = BEYOND
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A slice that does not change any more: its types, its place, and how many it holds."""

    topics: Topics
    after: int
    before: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many dead letters wait for a decision."""

    waiting: int
    by_function: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The log at a glance.

    `per_minute` are the last sixty minutes, the running one last. `lag` is how many
    seconds half of the latest events took from happening to being kept, or more. `conflicts`
    are the events that are kept apart, because the log has another in their place.
    """

    total: int
    by_type: dict[str, int]
    per_minute: list[int]
    lag: float
    conflicts: int = 0
    dead_letters: Waiting
