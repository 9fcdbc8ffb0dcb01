"""Events of a trial's own, the functions of `tests/functions/drill`, and what they noted."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import aiormq
from pamqp.commands import Basic

from shared.events import CONTENT_TYPE, Event
from shared.ids import new_id
from tests.e2e.client import eventually
from tests.faults import queues
from tests.faults.eventstore import ask
from tests.faults.trial import Stage

SECRETS = ["drill-database-url", "broker-url", "signing-key"]
AT_ONCE = 300
RETRY = {"attempts", "min_wait", "max_wait"}


class Drill:
    """One trial's functions; what they note stands in the database `drill`."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.run = new_id()[-12:]
        postgres = stage.installation.admin["postgres"].rsplit("/", 1)[0]
        self.url, self._admin = f"{postgres}/drill", f"{postgres}/postgres"

    def install(self, *operations: str) -> None:
        """Make the database, and deploy what is no consumer."""
        ask(self._admin, "DROP DATABASE IF EXISTS drill WITH (FORCE)")
        ask(self._admin, "CREATE DATABASE drill")
        self.stage.fanfold.put_secret("drill-database-url", self.url)
        for operation in ("migrate", *operations):
            clock = {"com.fanfold.every": "500ms"} if operation == "relay" else {}
            self._deploy(f"drill-{operation}", operation, clock)
        answer = self.stage.fanfold.signed_call("drill-migrate", {})
        assert answer.is_success, answer.text

    def topic(self, name: str) -> str:
        """What only this run's consumer of that name listens to."""
        return f"custom.drill-{name}-{self.run}"

    def consumer(self, name: str, **asked: str) -> str:
        """Deploy an operation that consumes, and wait until its queue is read.

        It asks for `order="subject"` by the annotation `com.fanfold.order: subject`.
        """
        function = f"drill-{name}"
        if self.stage.fanfold.describe(function):  # of a run that was broken off
            self.stage.remove(function)
        return self.again(name, **asked)

    def again(self, name: str, **asked: str) -> str:
        """Deploy a consumer whose queue there is already, which `rest` has left."""
        function = f"drill-{name}"
        annotations = {"topic": self.topic(name), "com.fanfold.start": "now"}
        for key, value in asked.items():
            space = "com.openfaas.retry" if key in RETRY else "com.fanfold"
            annotations[f"{space}.{key}"] = value
        self._deploy(function, name, annotations)
        self.stage.consumed(function)
        return function

    def rest(self, function: str) -> None:
        """Take the function away and leave its queue, which goes on to gather events."""
        self.stage.fanfold.remove(function)
        eventually(
            self.stage.fanfold.bound_consumers, lambda bound: function not in bound, within=60
        )

    def event(self, name: str, subject: str = "", revision: int = 1, **data: Any) -> Event:
        return Event(
            id=new_id(),
            type=self.topic(name),
            source="/fanfold/drill",
            subject=f"drill/{self.run}/{subject or new_id()}",
            time=datetime.now(UTC),
            dataschema="",
            data=data,
            revision=revision,
        )

    def publish(self, events: Sequence[Event], queue: str = "") -> None:
        """Publish with confirms: to whom it concerns, or to one queue alone."""
        asyncio.run(publish(self.stage.installation.admin["broker"], events, queue))

    def rows(self, sql: str, *arguments: object) -> list[Any]:
        return ask(self.url, sql, *arguments)

    def arrived(self, functions: Iterable[str]) -> int:
        """How many different events the functions have noted."""
        sql = "SELECT count(DISTINCT (function, event)) FROM arrivals WHERE function = ANY($1)"
        return int(self.rows(sql, list(functions))[0][0])

    def all_arrived(self, count: int, *functions: str, within: float = 120.0) -> None:
        eventually(lambda: self.arrived(functions), lambda n: n >= count, within=within)

    def rate(self, function: str, part: float = 1.0) -> float:
        """Events a second from the first effect until this part of them was there."""
        [(first, last, events)] = self.rows(
            "SELECT min(at), percentile_disc($2::float8) WITHIN GROUP (ORDER BY at), count(*)"
            " FROM arrivals WHERE function = $1",
            function,
            part,
        )
        return float(events * part / max((last - first).total_seconds(), 1e-6))

    def settled(self, *functions: str, within: float = 60.0) -> None:
        """Return once nothing waits in the queues of the functions."""
        names = [f"fn.{function}" for function in functions]
        eventually(
            lambda: queues.depths(self.stage.installation, names),
            lambda depths: not any(depths.values()),
            within=within,
        )

    def _deploy(self, function: str, operation: str, annotations: dict[str, str]) -> None:
        self.stage.deploy(
            function,
            service="drill",
            operation=operation,
            secrets=SECRETS,
            annotations=annotations,
        )


async def publish(url: str, events: Sequence[Event], queue: str = "") -> None:
    connection = await aiormq.connect(url)
    try:
        channel = await connection.channel(on_return_raises=True)
        free = asyncio.Semaphore(AT_ONCE)

        async def one(event: Event) -> None:
            async with free:
                await channel.basic_publish(
                    event.encode(),
                    exchange="events.return" if queue else "events",
                    routing_key=queue or event.type,
                    properties=Basic.Properties(
                        content_type=CONTENT_TYPE, delivery_mode=2, message_id=event.id
                    ),
                    mandatory=True,
                )

        await asyncio.gather(*(one(event) for event in events))
    finally:
        await connection.close()


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def spread(seconds: float, times: int) -> Iterable[int]:
    """Count evenly over so many seconds."""
    began = time.monotonic()
    for number in range(times):
        time.sleep(max(0.0, began + seconds * number / times - time.monotonic()))
        yield number
