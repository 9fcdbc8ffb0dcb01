"""What is deployed, kept in one file so that a gateway that starts again has it all back."""

import asyncio
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.state.files import write_whole
from gateway.wire import Deployment


class Record(msgspec.Struct, frozen=True):
    deployment: Deployment
    created_at: datetime
    replicas: int = 1


class Registry:
    """Writes the file whole and atomically; saves that wait together share one write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, Record] = {}
        self.writing = asyncio.Lock()
        self.wanted = 0
        self.written = 0
        if path.exists():
            self.records = msgspec.json.decode(path.read_bytes(), type=dict[str, Record])

    async def put(self, name: str, record: Record) -> None:
        self.records[name] = record
        await self.save()

    async def remove(self, name: str) -> None:
        self.records.pop(name, None)
        await self.save()

    async def save(self) -> None:
        """Return when what is recorded now is on disk."""
        self.wanted += 1
        mine = self.wanted
        async with self.writing:
            if self.written >= mine:
                return
            covered = self.wanted
            text = msgspec.json.format(msgspec.json.encode(self.records))
            await asyncio.to_thread(write_whole, self.path, text)
            self.written = covered
