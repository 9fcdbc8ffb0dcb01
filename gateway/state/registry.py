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


class Batch:
    """Changes that are written together: all of them are on disk, or none."""

    def __init__(self) -> None:
        self.changes: dict[str, Record | None] = {}
        self.written = False
        self.error: OSError | None = None


class Registry:
    """Writes the file whole and atomically; `records` are what is in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: dict[str, Record] = {}
        self.writing = asyncio.Lock()
        self.next = Batch()
        if path.exists():
            self.records = msgspec.json.decode(path.read_bytes(), type=dict[str, Record])

    async def put(self, name: str, record: Record) -> None:
        await self.change(name, record)

    async def remove(self, name: str) -> None:
        await self.change(name, None)

    async def change(self, name: str, record: Record | None) -> None:
        """Return when the change is on disk; what cannot be written, changes nothing."""
        batch = self.next
        batch.changes[name] = record
        async with self.writing:
            if not batch.written and batch.error is None:
                if self.next is batch:
                    self.next = Batch()
                await self.write(batch)
        if batch.error is not None:
            raise batch.error

    async def write(self, batch: Batch) -> None:
        all_of_them = {**self.records, **batch.changes}
        records = {name: record for name, record in all_of_them.items() if record is not None}
        text = msgspec.json.format(msgspec.json.encode(records))
        try:
            await asyncio.to_thread(write_whole, self.path, text)
        except OSError as error:
            batch.error = error
        else:
            batch.written, self.records = True, records
