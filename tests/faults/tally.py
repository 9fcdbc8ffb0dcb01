"""Writers that commit events in four databases, and the functions that do it and count them."""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx

from tests.faults.books import KINDS, Books
from tests.faults.trial import Stage

AGGREGATES = 500
MOST_AT_ONCE = 20
# Of ten events so many go to the consumer that takes them one by one.
SINGLE = 2
# A fault must not use up an event's attempts, nor make it wait for long.
PATIENCE = {
    "com.fanfold.start": "now",
    "com.openfaas.retry.attempts": "50",
    "com.openfaas.retry.min_wait": "1s",
    "com.openfaas.retry.max_wait": "5s",
}
# One call at a time: batches that count the same aggregates would only wait for each other.
GATHERED = {"com.fanfold.batch": "50", "com.fanfold.concurrency": "1"}
AWAKE = {"com.openfaas.scale.min": "1", "com.openfaas.scale.max": "2"}


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who counts: its name, which is that of its events, and what it is deployed from."""

    name: str
    operation: str
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Tally:
    """One run: a token that is in all its aggregates, and a database of each kind."""

    stage: Stage
    run: str
    kinds: Sequence[type[Books]] = KINDS
    consumers: Sequence[Consumer] = (
        Consumer("one", "one"),
        Consumer("many", "many", GATHERED),
    )
    books: list[Books] = field(init=False)

    def __post_init__(self) -> None:
        self.books = [kind(self.stage.installation, "tally") for kind in self.kinds]

    @property
    def prefix(self) -> str:
        return f"tally/{self.run}/"

    def functions(self, *operations: str) -> list[str]:
        return [f"{books.kind}-{name}" for books in self.books for name in operations]

    def install(self) -> None:
        """Deploy everything, on empty databases, and wait until the queues are read."""
        for books in self.books:
            books.create()
            self.stage.fanfold.put_secret(f"tally-{books.kind}-url", books.url)
            for operation in ("migrate", "commit"):
                self._deploy(books.kind, operation)
            answer = self.stage.fanfold.signed_call(f"{books.kind}-migrate", {})
            assert answer.is_success, answer.text
            self._deploy(books.kind, "relay", {"com.fanfold.every": "500ms"})
            for consumer in self.consumers:
                topic = {"topic": f"custom.{books.kind}.{consumer.name}"}
                annotations = {**topic, **PATIENCE, **consumer.annotations}
                self._deploy(books.kind, consumer.operation, annotations, consumer.name)
        self.stage.consumed(*self.functions(*(each.name for each in self.consumers)))

    def commit(self, kind: str, consumer: str, aggregates: Sequence[str]) -> list[str]:
        """Commit an event for each aggregate, and give their ids; none when that failed."""
        body = {
            "consumer": consumer,
            "aggregates": [f"{self.prefix}{kind}/{name}" for name in aggregates],
        }
        try:
            answer = self.stage.fanfold.signed_call(f"{kind}-commit", body)
            return list(answer.json()["ids"]) if answer.is_success else []
        except (httpx.TransportError, ValueError):
            return []

    def drop(self) -> None:
        for books in self.books:
            books.drop()

    def _deploy(
        self,
        kind: str,
        operation: str,
        annotations: Mapping[str, str] | None = None,
        name: str = "",
    ) -> None:
        function = f"{kind}-{name or operation}"
        self.stage.deploy(
            function,
            service=kind,
            operation=operation,
            environment={"FUNCTION_NAME": function},
            secrets=[f"tally-{kind}-url", "broker-url", "signing-key"],
            annotations=dict(annotations or {}),
            labels=AWAKE,
        )


class Writers:
    """Commit events until each database has acknowledged as many as it is allowed to have.

    `acknowledged` are the ids by kind of database: what was answered must be found later.
    """

    def __init__(self, tally: Tally, chance: random.Random, *, rate: float) -> None:
        self.tally = tally
        self.acknowledged: dict[str, list[str]] = {kind.kind: [] for kind in tally.kinds}
        self.attempted: dict[str, int] = {kind.kind: 0 for kind in tally.kinds}
        self.allowed = 0
        self._rate = rate / len(tally.kinds)
        self._turn = threading.Condition()
        self._over = False
        seeds = [(books.kind, chance.random()) for books in tally.books for _ in range(2)]
        self._threads = [
            threading.Thread(target=self._write, args=(kind, random.Random(seed)), daemon=True)
            for kind, seed in seeds
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._turn:
            self._over = True
            self._turn.notify_all()
        for thread in self._threads:
            thread.join(timeout=60)

    def allow(self, each: int) -> None:
        """Let every database have so many events, from the beginning."""
        with self._turn:
            self.allowed = each
            self._turn.notify_all()

    def reached(self) -> bool:
        return all(len(ids) >= self.allowed for ids in self.acknowledged.values())

    def _write(self, kind: str, chance: random.Random) -> None:
        due = time.monotonic()
        while self._may(kind):
            some = chance.sample(range(AGGREGATES), chance.randint(1, MOST_AT_ONCE))
            consumer = "one" if chance.randint(1, 10) <= SINGLE else "many"
            due = max(due, time.monotonic() - 1) + len(some) / self._rate * 2
            with self._turn:
                self.attempted[kind] += len(some)
            ids = self.tally.commit(kind, consumer, [str(number) for number in some])
            self.acknowledged[kind] += ids
            time.sleep(max(due - time.monotonic(), 0.0) if ids else 0.2)

    def _may(self, kind: str) -> bool:
        """Wait until there is something to write; tell whether there ever will be."""
        with self._turn:
            self._turn.wait_for(
                lambda: self._over or len(self.acknowledged[kind]) < self.allowed
            )
            return not self._over
