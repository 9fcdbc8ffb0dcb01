"""Events for the suite, and a broker that remembers."""

import asyncio
from datetime import UTC, datetime

from shared.errors import Unavailable
from shared.events import Event
from shared.ids import new_id


def changed(subject: str, revision: int | None = 1) -> Event:
    return Event(
        id=new_id(),
        type="thing.changed",
        source="/fanfold/thing",
        subject=subject,
        time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        dataschema="proto:fanfold.thing.v1.ThingChanged",
        data={"name": "Grüße, 漢字 🗞"},
        revision=revision,
    )


class Recorder:
    """Takes events; can be away, and can be held in the middle of one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.away = False
        self.open = asyncio.Event()
        self.open.set()
        self.reached = asyncio.Event()

    async def publish(self, event: Event) -> None:
        self.reached.set()
        await self.open.wait()
        if self.away:
            raise Unavailable("RabbitMQ does not answer")
        self.events.append(event)
