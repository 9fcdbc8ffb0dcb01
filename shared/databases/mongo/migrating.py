"""Apply a folder of command lists to a MongoDB database, one migration of it at a time."""

import asyncio
from functools import partial
from pathlib import Path
from time import monotonic

from bson import json_util
from pymongo.errors import OperationFailure

from shared.databases.migrations import LOCK_PATIENCE, Migration, migrations, pending
from shared.databases.mongo.collection import Collection, Document
from shared.databases.mongo.connection import Client, Connection
from shared.databases.mongo.ledger import MongoLedger
from shared.errors import ConfigurationError, Unavailable
from shared.ids import new_id

_OWN = Path(__file__).parent / "schema"
# A lease like an aggregate's, renewed before each command.
_LOCK = "migrations"
_LEASE_SECONDS = 30
_LOOK_AGAIN = 0.1
_EXISTS = 48


async def applied(connection: Connection) -> list[str]:
    """Name what is applied whole."""
    whole = {"applied_at": {"$exists": True}}
    rows = await Collection(connection, "migrations").find(whole).sort("_id").to_list()
    return [row["_id"] for row in rows]


async def migrate(connection: Connection, ledger: MongoLedger, folder: Path) -> list[str]:
    """Apply what is not applied yet, from the first command that is not done."""
    files = [*migrations(_OWN, ".json"), *migrations(folder, ".json")]
    migrator = _Migrator(connection, ledger)
    await migrator.lock()
    try:
        rows = await migrator.applied.find({}).to_list()
        finished = {row["_id"]: row["checksum"] for row in rows if row.get("applied_at")}
        begun = {row["_id"]: row["commands"] for row in rows}
        todo = pending(files, finished)
        for migration in todo:
            await migrator.apply(migration, begun.get(migration.name, 0))
        return [migration.name for migration in todo]
    finally:
        await migrator.unlock()


class _Migrator:
    def __init__(self, connection: Connection, ledger: MongoLedger) -> None:
        self.applied = Collection(connection, "migrations")
        self._connection = connection
        self._ledger = ledger
        self._owner = new_id()

    async def lock(self) -> None:
        until = monotonic() + LOCK_PATIENCE
        while not await self._renew():
            if monotonic() > until:
                raise Unavailable(f"another migration runs for more than {LOCK_PATIENCE} s")
            await asyncio.sleep(_LOOK_AGAIN)

    async def unlock(self) -> None:
        await self._ledger.settle([], [_LOCK], self._owner)

    async def apply(self, migration: Migration, done: int) -> None:
        commands = json_util.loads(migration.text)
        if not isinstance(commands, list):
            raise ConfigurationError(f"{migration.name} must be a JSON list of commands")
        for number, command in enumerate(commands, start=1):
            if number > done:
                if not await self._renew():
                    raise Unavailable("another migration took over after this one stood still")
                await self._connection.run(partial(_command, command))
                await self._note(migration, {"commands": number})
        await self._note(migration, {"commands": len(commands), "applied_at": "$$NOW"})

    async def _note(self, migration: Migration, progress: Document) -> None:
        await self.applied.update_one(
            {"_id": migration.name},
            [{"$set": {"checksum": migration.checksum, **progress}}],
            upsert=True,
        )

    async def _renew(self) -> bool:
        return await self._ledger.lease([_LOCK], self._owner, _LEASE_SECONDS) == [_LOCK]


async def _command(command: Document, client: Client) -> None:
    try:
        await client.get_default_database().command(command)
    except OperationFailure as error:
        # The one command that a run after a crash could not repeat.
        if not (error.code == _EXISTS and "create" in command):
            raise
