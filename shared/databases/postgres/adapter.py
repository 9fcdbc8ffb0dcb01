"""A service's database on PostgreSQL: statements, transactions and migrations."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from shared.databases.attempts import Committed, Gone, Undecided, decide, repeat
from shared.databases.database import Transaction
from shared.databases.postgres.connection import Link, Pool
from shared.databases.postgres.ledger import PostgresLedger, append, forget, record
from shared.databases.postgres.listening import listen
from shared.databases.postgres.migrating import applied, migrate
from shared.databases.postgres.statements import Statements

T = TypeVar("T")


class PostgresTransaction(Transaction, Statements):
    """The statements of one transaction; what is read to be changed is read `FOR UPDATE`."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    async def _run(self, call: str, sql: str, *args: object) -> Any:
        return await self._link.run(call, sql, *args)


class Postgres(Statements):
    """One service's own database; a statement outside of `write` is one that may run twice."""

    def __init__(self, url: str, *, pool_max: int = 2) -> None:
        self._pool = Pool(url, pool_max)
        self.ledger = PostgresLedger(self)

    async def write(self, work: Callable[[PostgresTransaction], Awaitable[T]]) -> T:
        return await decide("PostgreSQL", lambda keys: self._attempt(work, keys))

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard` at each notification, on a connection of its own, until that is lost."""
        connection = await self._pool.alone()
        try:
            await listen(connection, channel, heard)
        finally:
            connection.terminate()

    async def applied(self) -> list[str]:
        return await applied(self)

    async def migrate(self, folder: Path) -> list[str]:
        connection = await self._pool.alone()
        try:
            return await migrate(connection, folder)
        finally:
            await connection.close()

    async def close(self) -> None:
        await self._pool.close()

    async def _run(self, call: str, sql: str, *args: object) -> Any:
        async def once() -> Any:
            async with self._pool.link() as link:
                return await link.run(call, sql, *args)

        return await repeat("PostgreSQL", once)

    async def _attempt(
        self, work: Callable[[PostgresTransaction], Awaitable[T]], keys: Sequence[str]
    ) -> Committed[T]:
        async with self._pool.link() as link:
            tx = PostgresTransaction(link)
            async with link.undoing():
                await link.run("execute", "BEGIN")
                if keys:
                    await record(link, keys)
                result = await work(tx)
                if keys and tx.follows:
                    await forget(link, keys)
                await append(link, tx.events)
            done = Committed.of(tx, result, keys)
            await _commit(link, done)
            return done


async def _commit(link: Link, done: Committed[Any]) -> None:
    try:
        tag = await link.run("execute", "COMMIT")
    except Gone as error:
        raise Undecided(done) from error
    if tag != "COMMIT":
        # PostgreSQL answers a commit after an error with a rollback and calls that success.
        raise RuntimeError("work went on after a statement's error; let it leave work instead")
