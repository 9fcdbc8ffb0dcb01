"""Turn the annotations of deployed functions into subscriptions and clock schedules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Self

from event_connector.deployed.cron import Cron
from event_connector.deployed.merged import Consumers, consumers_of
from shared.annotations import Reader, positive
from shared.durations import seconds
from shared.events import Event
from shared.filters import Filter, read_path, values_at
from shared.places import CONSUMERS
from shared.retries import Policy, policy

EVENT_STORE = "event-store"
EVENT_LIST = "event-list"
DEAD_LETTER_STORE = "event-dead-letter-store"
# What these two do not take is kept nowhere else, so their messages are never given up.
KEEPERS = frozenset({EVENT_STORE, DEAD_LETTER_STORE})

# Not a topic of ours, but OpenFaaS's sign for what its cron-connector calls.
CRON = "cron-function"

DEFAULT_EXCHANGE = "events"
DEFAULT_CONCURRENCY = 4
DEFAULT_PREFETCH = 20
# What RabbitMQ takes back goes before what is new, but behind what it took back before: a
# session that holds less than the last one may break the order. So it is many, always.
ORDERED_PREFETCH = 2000
DEFAULT_WINDOW = 0.02
LARGEST_BATCH = 1000
# What AMQP has room for.
LARGEST_PREFETCH = 65_535
# What AMQP takes as the key of a binding; no event has a longer type.
LONGEST_TOPIC = 255


class Start(StrEnum):
    """Where a queue that is created for the first time begins."""

    BEGINNING = "beginning"
    NOW = "now"


class OnDead(StrEnum):
    """What a lane does once its head was dead-lettered."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Order:
    """Where in an event the key stands by which events keep their order."""

    path: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        return cls(read_path(text))

    def of(self, event: Event) -> str | None:
        """Give the event's key; None when nothing stands there, which keeps no order."""
        value = next(values_at(event, self.path), None)
        return None if value is None or value == "" else str(value)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One consumer function: what reaches its queue and how it is called."""

    function: str
    patterns: tuple[str, ...]
    exchange: str = DEFAULT_EXCHANGE
    policy: Policy = field(default_factory=Policy)
    concurrency: int = DEFAULT_CONCURRENCY
    prefetch: int = DEFAULT_PREFETCH
    start: Start = Start.BEGINNING
    filter: Filter | None = None
    batch: int = 1
    window: float = 0.0
    order: Order | None = None
    on_dead: OnDead = OnDead.CONTINUE

    @property
    def unacked(self) -> int:
        """Count what may wait to be acked with others, while enough is ready for calls."""
        carried = self.concurrency * self.batch
        return max(0, min((self.prefetch - carried) * 3 // 4, carried))

    @property
    def queue(self) -> str:
        return f"fn.{self.function}"

    @property
    def keeper(self) -> bool:
        return self.function in KEEPERS

    def wants(self, event: Event) -> bool:
        return self.filter is None or self.filter.takes(event)

    @property
    def filled(self) -> bool:
        """Tell whether a new queue starts with what the event store already holds."""
        return (
            self.start is Start.BEGINNING
            and self.exchange == DEFAULT_EXCHANGE
            and not self.keeper
        )


@dataclass(frozen=True, slots=True)
class Schedule:
    """One function that the clock calls: at the times of `cron`, or else again and again."""

    function: str
    every: float = 0.0
    cron: Cron | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the annotations of one function ask for, and what in them could not be read."""

    subscription: Subscription | None
    schedule: Schedule | None
    complaints: tuple[str, ...]


def wishes(function: str, annotations: Mapping[str, str]) -> Wishes:
    """Read the annotations; what cannot be read takes its default: no event is missed."""
    reader = Reader(annotations)
    # A whole service comes here only when its consumers cannot be read.
    reader.read(CONSUMERS, consumers_of, Consumers())
    subscription = None
    topics = _patterns(annotations.get("topic", ""), reader)
    if patterns := tuple(topic for topic in topics if topic != CRON):
        concurrency = reader.read("com.fanfold.concurrency", positive, DEFAULT_CONCURRENCY)
        batch = reader.read("com.fanfold.batch", _batch, 1)
        order = reader.read("com.fanfold.order", partial(_order, function), None)
        # Enough for every call and for what gathers meanwhile, or stands behind a lane's head.
        ready = 5 * concurrency if batch == 1 else 2 * concurrency * batch
        least = ORDERED_PREFETCH if order else DEFAULT_PREFETCH
        subscription = Subscription(
            function=function,
            patterns=patterns,
            exchange=annotations.get("com.fanfold.exchange", DEFAULT_EXCHANGE),
            policy=policy(reader, Policy()),
            concurrency=concurrency,
            prefetch=reader.read(
                "com.fanfold.prefetch", _prefetch, min(max(least, ready), LARGEST_PREFETCH)
            ),
            start=reader.read("com.fanfold.start", _start, Start.BEGINNING),
            filter=reader.read("com.fanfold.filter", partial(_filter, function), None),
            batch=batch,
            window=reader.read(
                "com.fanfold.batch-window", _window, DEFAULT_WINDOW if batch > 1 else 0.0
            ),
            order=order,
            on_dead=reader.read("com.fanfold.on-dead", _on_dead, OnDead.CONTINUE),
        )
    schedule = _schedule(function, topics, reader)
    return Wishes(subscription, schedule, tuple(reader.complaints))


def _patterns(topic: str, reader: Reader) -> tuple[str, ...]:
    found = dict.fromkeys(p for part in topic.split(",") if (p := part.strip()))
    for long in [p for p in found if len(p.encode()) > LONGEST_TOPIC]:
        del found[long]
        reader.complaints.append(
            f"topic: a topic has {LONGEST_TOPIC} bytes at most, got {len(long.encode())}"
        )
    return tuple(found)


def _prefetch(text: str) -> int:
    if (number := positive(text)) > LARGEST_PREFETCH:
        raise ValueError(f"a channel holds {LARGEST_PREFETCH} messages at most, got {number}")
    return number


def _start(text: str) -> Start:
    if text not in set(Start):
        raise ValueError(f"a new queue starts at {' or '.join(Start)}, got {text!r}")
    return Start(text)


def _order(function: str, text: str) -> Order:
    if function in KEEPERS:
        raise ValueError(f"{function} keeps events, in whatever order they come")
    return Order.read(text)


def _on_dead(text: str) -> OnDead:
    if text not in set(OnDead):
        raise ValueError(
            f"behind a dead letter a lane does {' or '.join(OnDead)}, got {text!r}"
        )
    return OnDead(text)


def _filter(function: str, text: str) -> Filter | None:
    if function in KEEPERS:
        raise ValueError(f"{function} takes every event: what it leaves out is kept nowhere")
    return Filter.read(text)


def _batch(text: str) -> int:
    if (size := positive(text)) > LARGEST_BATCH:
        raise ValueError(f"a batch has {LARGEST_BATCH} events at most, got {text!r}")
    return size


def _window(text: str) -> float:
    if (window := seconds(text)) > 60:
        raise ValueError(f"a batch is gathered for 60s at most, got {text!r}")
    return window


def _schedule(function: str, topics: tuple[str, ...], reader: Reader) -> Schedule | None:
    if every := reader.read("com.fanfold.every", _interval, 0.0):
        return Schedule(function, every)
    if CRON not in topics:
        return None
    if "schedule" not in reader.annotations:
        reader.complaints.append(f"schedule: a function with the topic {CRON} needs one")
    return reader.read("schedule", partial(_cron, function), None)


def _cron(function: str, text: str) -> Schedule:
    if text.startswith("@every "):
        return Schedule(function, _interval(text.removeprefix("@every ")))
    return Schedule(function, cron=Cron.read(text))


def _interval(text: str) -> float:
    if (every := seconds(text)) < 0.1:
        raise ValueError(f"the clock ticks every 100ms at most, got {text!r}")
    return every
