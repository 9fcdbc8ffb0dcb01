"""A service's database on MySQL: statements, transactions and migrations."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from shared.databases.attempts import Committed, Gone, Undecided, decide, repeat
from shared.databases.database import Transaction
from shared.databases.mysql.connection import Link, connect
from shared.databases.mysql.ledger import MySQLLedger, append, forget, record
from shared.databases.mysql.migrating import applied, migrate
from shared.databases.mysql.pool import Pool
from shared.databases.mysql.statements import Arguments, Result, Statements

T = TypeVar("T")


class MySQLTransaction(Transaction, Statements):
    """The statements of one transaction; what is read to be changed is read `FOR UPDATE`."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link

    async def _run(self, sql: str, args: Arguments) -> Result:
        return await self._link.run(sql, args)


class MySQL(Statements):
    """One service's own database; a statement outside of `write` is one that may run twice."""

    def __init__(self, url: str, *, pool_max: int = 2) -> None:
        self._url = url
        self._pool = Pool(url, pool_max)
        self.ledger = MySQLLedger(self)

    async def write(self, work: Callable[[MySQLTransaction], Awaitable[T]]) -> T:
        return await decide("MySQL", lambda keys: self._attempt(work, keys))

    async def applied(self) -> list[str]:
        return await applied(self)

    async def migrate(self, folder: Path) -> list[str]:
        link = await connect(self._url)
        try:
            return await migrate(link, folder)
        finally:
            await link.quit()

    async def close(self) -> None:
        await self._pool.close()

    async def _run(self, sql: str, args: Arguments) -> Result:
        async def once() -> Result:
            async with self._pool.link() as link:
                return await link.run(sql, args)

        return await repeat("MySQL", once)

    async def _attempt(
        self, work: Callable[[MySQLTransaction], Awaitable[T]], keys: Sequence[str]
    ) -> Committed[T]:
        async with self._pool.link() as link:
            tx = MySQLTransaction(link)
            async with link.undoing():
                await link.run("BEGIN")
                if keys:
                    await record(link, keys)
                result = await work(tx)
                if keys and tx.follows:
                    await forget(link, keys)
                await append(link, tx.events)
            done = Committed.of(tx, result, keys)
            try:
                await link.run("COMMIT")
            except Gone as error:
                raise Undecided(done) from error
            return done
