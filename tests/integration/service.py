"""One service under test: its real store, and doubles for what is outside of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Generic, TypeVar

from google.protobuf.message import Message

from shared.context import Caller
from shared.events import Event
from shared.settings import Settings
from shared.testing import NOW, Answer, CannedCalls, RecordingBroker, call
from shared.testing.calling import Query

S = TypeVar("S")


@dataclass
class Service(Generic[S]):
    """Calls operations one by one, each through the runtime's own application."""

    store: S
    calls: CannedCalls = field(default_factory=CannedCalls)
    broker: RecordingBroker = field(default_factory=RecordingBroker)
    settings: Settings | None = None

    async def call(
        self,
        operation: ModuleType,
        *,
        by: Caller | None = None,
        json: object = None,
        query: Query | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        return await call(
            operation,
            store=self.store,
            caller=by,
            json=json,
            query=query,
            headers=headers,
            calls=self.calls,
            broker=self.broker,
            settings=self.settings,
        )

    async def tell(self, consumer: ModuleType, event: Event | Sequence[Event]) -> Answer:
        """Deliver an event, or a batch, as the connector does."""
        return await call(
            consumer,
            store=self.store,
            event=event,
            calls=self.calls,
            broker=self.broker,
            settings=self.settings,
        )

    async def finish(self, consumer: ModuleType, event: Event) -> list[bool]:
        """Deliver the event for as long as its consumer asks for it again."""
        answers: list[bool] = []
        while not answers or answers[-1]:
            answer = await self.tell(consumer, event)
            assert answer.status == 200, answer.body
            answers.append(answer.json()["again"])
        return answers

    def published(self) -> list[tuple[str, str, int | None]]:
        """Give what was sent so far, each as type, subject and revision."""
        return [(event.type, event.subject, event.revision) for event in self.broker.published]


def happened(message: Message, subject: str, revision: int) -> Event:
    """Make an event of another service."""
    return Event.of(message, subject=subject, revision=revision, time=NOW)
