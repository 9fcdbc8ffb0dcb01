"""What stands still or remembers, in place of the clock, the broker and other services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from shared.errors import NotFound, Unavailable
from shared.events import Event

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def now() -> datetime:
    return NOW


@dataclass(frozen=True, slots=True)
class Published:
    """A message that was published as it was, not as an event."""

    exchange: str
    routing_key: str
    body: bytes
    headers: Mapping[str, str]
    message_id: str


@dataclass(slots=True)
class RecordingBroker:
    """Keeps what is published; while `down` it takes nothing, as RabbitMQ would.

    `depths` is what waits in queues; the others are empty.
    """

    published: list[Event] = field(default_factory=list)
    raw: list[Published] = field(default_factory=list)
    down: bool = False
    depths: dict[str, int] = field(default_factory=dict)

    async def publish(self, event: Event) -> None:
        self._check()
        self.published.append(event)

    async def publish_raw(
        self,
        exchange: str,
        routing_key: str,
        body: bytes,
        headers: Mapping[str, str],
        message_id: str,
    ) -> None:
        self._check()
        self.raw.append(Published(exchange, routing_key, body, headers, message_id))

    async def depth(self, queue: str) -> int:
        self._check()
        return self.depths.get(queue, 0)

    async def close(self) -> None:
        """Have nothing to close."""

    def _check(self) -> None:
        if self.down:
            raise Unavailable("RabbitMQ is down for this test")


@dataclass(slots=True)
class CannedCalls:
    """Answers for functions by name: JSON, or the error that asking raises."""

    answers: Mapping[str, dict[str, Any] | Exception] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    # Functions that exist, and whether they may be told old events.
    replayable: Mapping[str, bool] = field(default_factory=dict)

    async def takes_replays(self, function: str) -> bool:
        if function not in self.replayable:
            raise NotFound(f"no function has the name {function}")
        return self.replayable[function]

    async def get(self, function: str, **query: str) -> dict[str, Any]:
        self.asked.append((function, query))
        answer = self.answers.get(function, Unavailable(f"{function} does not answer"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        """Have nothing to close."""
