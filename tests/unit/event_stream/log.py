"""A log in memory, for the feed to read; it can be away, and it can be slow."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from functions.event.model import Slice, StoredEvent
from shared.errors import Unavailable

AT = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


def stored(sequence: int, kind: str = "post.created", **changes: Any) -> StoredEvent:
    attributes: dict[str, Any] = {
        "sequence": sequence,
        "id": f"id-{sequence}",
        "type": kind,
        "source": "/fanfold/post",
        "subject": f"post/{sequence}",
        "revision": 1,
        "time": AT,
        "dataschema": "",
        "correlationid": "",
        "causationid": "",
        "traceparent": "",
        "data": {"number": sequence},
        "recorded_at": AT,
    }
    return StoredEvent(**attributes | changes)


class MemoryLog:
    """As the store reads its log, with a record of who asked for what."""

    def __init__(self, count: int = 0) -> None:
        self.events = [stored(number) for number in range(1, count + 1)]
        self.away = False
        self.asked: list[tuple[Slice, int, int]] = []
        self._heard: Callable[[], None] | None = None
        self.opened = asyncio.Event()
        self.opened.set()

    def append(self, *kinds: str, **changes: Any) -> None:
        for kind in kinds:
            self.events.append(stored(len(self.events) + 1, kind, **changes))
        if self._heard:
            self._heard()

    async def check(self) -> None:
        self._there()

    async def last(self) -> int:
        self._there()
        return len(self.events)

    async def following(
        self, part: Slice, after: int, limit: int
    ) -> tuple[list[StoredEvent], int]:
        self._there()
        self.asked.append((part, after, limit))
        last = len(self.events)
        await self.opened.wait()
        found = [
            event
            for event in self.events[after:last]
            if part.topics.takes(event.type) and part.subject in {"", event.subject}
        ][:limit]
        return found, found[-1].sequence if len(found) == limit else max(after, last)

    async def growth(self, heard: Callable[[], None]) -> None:
        self._heard = heard
        heard()
        await asyncio.Event().wait()

    def _there(self) -> None:
        if self.away:
            raise Unavailable("the log is away")
