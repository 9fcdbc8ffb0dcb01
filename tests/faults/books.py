"""What the four databases hold after a trial, read past Fanfold by the servers' own drivers.

Each has a database of the trial's own, with the tables of `tests/functions/<kind>`.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import pymysql
from pymongo import MongoClient
from surrealdb import AsyncSurreal

from tests.conftest import Installation
from tests.faults.eventstore import ask


class Books(ABC):
    """One database: what was committed there, and what had its effect there."""

    kind: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, installation: Installation, name: str) -> None:
        self.admin = urlsplit(installation.admin[self.kind])
        self.name = name

    @property
    def url(self) -> str:
        """Where its functions find it."""
        return self.admin._replace(path=f"/{self.name}").geturl()

    @abstractmethod
    def create(self) -> None:
        """Make the database."""

    @abstractmethod
    def drop(self) -> None:
        """Remove it."""

    @abstractmethod
    def committed(self) -> list[str]:
        """The ids of the events in the outbox: each was committed with its change."""

    @abstractmethod
    def unsent(self) -> int:
        """How many of them wait for RabbitMQ."""

    @abstractmethod
    def effects(self) -> list[str]:
        """The id of each effect's event, as often as it had an effect."""

    @abstractmethod
    def counted(self) -> int:
        """The sum of the counters, which counts every effect once more."""

    @abstractmethod
    def sizes(self) -> tuple[int, int]:
        """How many events were committed and how many effects there were, quickly."""


class InSQL(Books):
    """Asked the same in either dialect."""

    @abstractmethod
    def rows(self, sql: str) -> list[Any]:
        """What the database answers."""

    def committed(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT id FROM outbox")]

    def unsent(self) -> int:
        return int(self.rows("SELECT count(*) FROM outbox WHERE sent_at IS NULL")[0][0])

    def effects(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT event FROM effects")]

    def counted(self) -> int:
        return int(self.rows("SELECT coalesce(sum(n), 0) FROM counters")[0][0])

    def sizes(self) -> tuple[int, int]:
        both = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM effects)"
        [(committed, effects)] = self.rows(both)
        return committed, effects


class OnPostgres(InSQL):
    kind, title = "postgres", "PostgreSQL"

    def create(self) -> None:
        self.drop()
        ask(self.admin.geturl(), f'CREATE DATABASE "{self.name}"')

    def drop(self) -> None:
        ask(self.admin.geturl(), f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def rows(self, sql: str) -> list[Any]:
        return ask(self.url, sql)


class OnMySQL(InSQL):
    kind, title = "mysql", "MySQL"

    def create(self) -> None:
        self.drop()
        self._ask(f"CREATE DATABASE {self.name}")

    def drop(self) -> None:
        self._ask(f"DROP DATABASE IF EXISTS {self.name}")

    def rows(self, sql: str) -> list[Any]:
        return self._ask(sql, self.name)

    def _ask(self, sql: str, database: str | None = None) -> list[Any]:
        connection = pymysql.connect(
            host=self.admin.hostname,
            port=self.admin.port or 3306,
            user=unquote(self.admin.username or ""),
            password=unquote(self.admin.password or ""),
            database=database,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())


class OnMongo(Books):
    kind, title = "mongo", "MongoDB"

    def create(self) -> None:
        self.drop()  # it is there with its first collection

    def drop(self) -> None:
        with self._client() as client:
            client.drop_database(self.name)

    def committed(self) -> list[str]:
        with self._client() as client:
            return [row["_id"] for row in client[self.name]["outbox"].find({}, {"_id": 1})]

    def unsent(self) -> int:
        with self._client() as client:
            return client[self.name]["outbox"].count_documents({"unsent": True})

    def effects(self) -> list[str]:
        with self._client() as client:
            return [row["event"] for row in client[self.name]["effects"].find()]

    def counted(self) -> int:
        with self._client() as client:
            return sum(int(row["n"]) for row in client[self.name]["counters"].find())

    def sizes(self) -> tuple[int, int]:
        with self._client() as client:
            here = client[self.name]
            return (
                here["outbox"].estimated_document_count(),
                here["effects"].estimated_document_count(),
            )

    def _client(self) -> MongoClient[dict[str, Any]]:
        return MongoClient(self.admin.geturl())


class OnSurreal(Books):
    kind, title = "surreal", "SurrealDB"
    namespace: ClassVar[str] = "trials"

    @property
    def url(self) -> str:
        query = f"namespace={self.namespace}&database={self.name}"
        return self.admin._replace(query=query).geturl()

    def create(self) -> None:
        self._ask(f"DEFINE NAMESPACE IF NOT EXISTS {self.namespace};")
        self.drop()

    def drop(self) -> None:
        self._ask(f"USE NS {self.namespace}; REMOVE DATABASE IF EXISTS {self.name};")

    def committed(self) -> list[str]:
        return self.rows("SELECT VALUE record::id(id) FROM outbox")

    def unsent(self) -> int:
        return len(self.rows("SELECT VALUE id FROM outbox WHERE unsent = true"))

    def effects(self) -> list[str]:
        return self.rows("SELECT VALUE event FROM effects")

    def counted(self) -> int:
        return sum(self.rows("SELECT VALUE n FROM counters"))

    def sizes(self) -> tuple[int, int]:
        counts = [
            self.rows(f"SELECT VALUE count FROM (SELECT count() FROM {table} GROUP ALL)")
            for table in ("outbox", "effects")
        ]
        committed, effects = (int(count[0]) if count else 0 for count in counts)
        return committed, effects

    def rows(self, surql: str) -> list[Any]:
        return list(self._ask(f"USE NS {self.namespace} DB {self.name}; {surql};") or [])

    def _ask(self, surql: str) -> Any:
        async def ask() -> Any:
            address = f"ws://{self.admin.hostname}:{self.admin.port}"
            async with AsyncSurreal(address) as client:
                user, word = self.admin.username or "", self.admin.password or ""
                await client.signin({"username": unquote(user), "password": unquote(word)})
                return await client.query_raw(surql)

        reply = asyncio.run(ask())
        assert all(result["status"] == "OK" for result in reply["result"]), reply
        return reply["result"][-1]["result"]


KINDS: tuple[type[Books], ...] = (OnPostgres, OnMySQL, OnMongo, OnSurreal)
