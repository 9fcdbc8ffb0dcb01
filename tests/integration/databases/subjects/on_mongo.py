"""The suite's MongoDB."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pymongo import MongoClient

from shared.databases.mongo import Mongo, MongoTransaction
from tests.integration.databases.proxy import Proxy, through
from tests.integration.databases.subjects.subject import Subject


class OnMongo(Subject):
    kind = "MongoDB"
    suffix = ".json"
    things = json.dumps(
        [
            {"create": "things"},
            {
                "createIndexes": "things",
                "indexes": [{"name": "things_name", "key": {"name": 1}, "unique": True}],
            },
        ]
    )
    more = json.dumps([{"create": "more"}])
    broken = json.dumps([{"create": "more"}, {"nope": 1}])
    breaks_with = "no such command: 'nope'"
    commit = b"commitTransaction"
    constraint = "things_name"

    def __init__(self, admin: str, name: str) -> None:
        self._admin = admin
        self._name = name
        self._url = urlsplit(admin)._replace(path=f"/{name}").geturl()
        self._opened: list[Mongo] = []

    async def create(self) -> None:
        pass  # a database is there with its first collection

    async def drop(self) -> None:
        for database in self._opened:
            await database.close()
        with MongoClient[dict[str, Any]](self._admin) as client:
            client.drop_database(self._name)

    def open(self, proxy: Proxy | None = None) -> Mongo:
        url = _direct(through(proxy, self._url)) if proxy else self._url
        self._opened.append(Mongo(url))
        return self._opened[-1]

    async def add(self, tx: MongoTransaction, thing: str, by: int = 1) -> int:
        things = tx.collection("things")
        found = await things.find_one({"name": thing})
        number: int = (found["number"] if found else 0) + by
        await things.update_one({"name": thing}, {"$set": {"number": number}}, upsert=True)
        return number

    async def insert(self, tx: MongoTransaction, thing: str) -> None:
        await tx.collection("things").insert_one({"name": thing, "number": 0})

    async def number(self, database: Mongo, thing: str) -> int | None:
        found = await database.collection("things").find_one({"name": thing})
        return None if found is None else int(found["number"])

    async def columns(self, table: str) -> list[dict[str, Any]]:
        with MongoClient[dict[str, Any]](self._admin) as client:
            rows = list(client[self._name][table].find())
        return [{**row, "key": row["_id"]} for row in rows]

    async def age(self, table: str, column: str, seconds: float) -> None:
        earlier = {
            "$subtract": [
                f"${column}",
                round(seconds * 1000),
            ]
        }
        with MongoClient[dict[str, Any]](self._admin) as client:
            client[self._name][table].update_many(
                {column: {"$exists": True}}, [{"$set": {column: earlier}}]
            )


def _direct(url: str) -> str:
    """Keep the driver from asking the server where it is, and going there by itself."""
    parts = urlsplit(url)
    options = {**dict(parse_qsl(parts.query)), "directConnection": "true"}
    options.pop("replicaSet", None)
    return parts._replace(query=urlencode(options)).geturl()
