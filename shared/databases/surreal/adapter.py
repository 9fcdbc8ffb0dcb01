"""A service's database on SurrealDB: queries, transactions and migrations."""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from shared.databases.attempts import Committed, Conflicted, Gone, Undecided, decide, repeat
from shared.databases.database import AlreadyHandled, Transaction
from shared.databases.surreal.connection import Connection
from shared.databases.surreal.ledger import SurrealLedger, append, forget, record, recorded
from shared.databases.surreal.migrating import applied, migrate

T = TypeVar("T")


class SurrealTransaction(Transaction):
    """Reads run at once; what is added and guarded is committed as one query after `work`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection
        self._statements: list[str] = []
        self._variables: dict[str, Any] = {}

    async def read(self, surql: str, **variables: Any) -> Any:
        """Run a query now, outside of the transaction, and give its last statement's result."""
        return (await self._connection.query(surql, variables))[-1]

    def add(self, surql: str, **variables: Any) -> None:
        """Add statements to the commit."""
        self._statements.append(self._named_apart(surql, variables).strip().rstrip(";"))

    def guard(self, condition: str, **variables: Any) -> None:
        """Commit only if the condition holds then; if it does not, `work` runs again."""
        self.add(f"IF !({condition.strip()}) {{ THROW 'conflict' }}", **variables)

    async def commit(self) -> None:
        """Run what was added as one transaction."""
        if self._statements:
            query = ";\n".join(["BEGIN", *self._statements, "COMMIT"])
            await self._connection.query(f"{query};", self._variables)

    def _named_apart(self, surql: str, variables: dict[str, Any]) -> str:
        """Give the statement's variables names that no other statement of the query has."""
        if not variables:
            return surql
        place = len(self._statements)
        self._variables |= {f"{name}__{place}": value for name, value in variables.items()}
        names = "|".join(sorted(map(re.escape, variables), key=len, reverse=True))
        return re.sub(rf"\$({names})\b", rf"$\1__{place}", surql)


class Surreal:
    """One service's own database on SurrealDB."""

    def __init__(self, url: str) -> None:
        self._connection = Connection(url)
        self.ledger = SurrealLedger(self.query)

    async def query(self, surql: str, **variables: Any) -> list[Any]:
        """Run a query that may run twice, and give the result of each of its statements."""
        return await repeat("SurrealDB", lambda: self._connection.query(surql, variables))

    async def write(self, work: Callable[[SurrealTransaction], Awaitable[T]]) -> T:
        return await decide("SurrealDB", lambda keys: self._attempt(work, keys))

    async def applied(self) -> list[str]:
        return await applied(self._connection)

    async def migrate(self, folder: Path) -> list[str]:
        return await migrate(self._connection, folder)

    async def close(self) -> None:
        await self._connection.close()

    async def _attempt(
        self, work: Callable[[SurrealTransaction], Awaitable[T]], keys: Sequence[str]
    ) -> Committed[T]:
        tx = SurrealTransaction(self._connection)
        if keys:
            if known := await recorded(tx, keys):
                raise AlreadyHandled(*known)
            record(tx, keys)
        result = await work(tx)
        if keys and tx.follows:
            forget(tx, keys)
        append(tx, tx.events)
        done = Committed.of(tx, result, keys)
        try:
            await tx.commit()
        except Gone as error:
            raise Undecided(done) from error
        except AlreadyHandled:
            if len(keys) == 1:
                raise
            # The next attempt asks which of them it was.
            raise Conflicted from None
        return done
